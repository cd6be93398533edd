"""Networks as files of other programs, each compared before it is whole: ONNX, OpenVINO, TorchScript, bioimage.io …"""
