"""ONNX files as restorers of burnish, through ONNX Runtime."""
