"""What computes a network: eager torch, its compiler, ONNX Runtime, OpenVINO; chosen by a race on the machine."""
