"""Every degrader passes the conformance kit, in its default and in other configurations."""

from burnish.conformance import Check, conform


@conform("degradations/gaussian-noise")
def test_gaussian_noise_conforms(check: Check) -> None:
    check()


@conform("degradations/gaussian-blur")
def test_gaussian_blur_conforms(check: Check) -> None:
    check()


@conform("degradations/motion-blur", config={"boundary": "circular", "noise": [0.0, 0.1]})
def test_motion_blur_conforms(check: Check) -> None:
    check()


@conform("degradations/camera-shake", config={"boundary": "valid"})
def test_camera_shake_conforms(check: Check) -> None:
    check()


@conform("degradations/defocus-blur")
def test_defocus_blur_conforms(check: Check) -> None:
    check()


@conform("degradations/bicubic", config={"scale": 3, "quantise": "none"})
def test_bicubic_conforms(check: Check) -> None:
    check()


@conform("degradations/jpeg")
def test_jpeg_conforms(check: Check) -> None:
    check()


@conform("degradations/sequence")
def test_sequence_conforms(check: Check) -> None:
    check()


@conform("degradations/burst", config={"frames": 3, "scale": 2, "rotation": 0.5, "exposure": 0.1})
def test_burst_conforms(check: Check) -> None:
    check()


@conform("degradations/sensor-noise", config={"gamma": 2.2})
def test_sensor_noise_conforms(check: Check) -> None:
    check()


@conform("degradations/camera-noise")
def test_camera_noise_conforms(check: Check) -> None:
    check()


@conform("degradations/one-of")
def test_one_of_conforms(check: Check) -> None:
    check()


@conform("degradations/varying-blur", config={"boundary": "valid", "noise": 0.01})
def test_varying_blur_conforms(check: Check) -> None:
    check()


@conform("degradations/moving-object", config={"boundary": "valid", "noise": 0.01})
def test_moving_object_conforms(check: Check) -> None:
    check()


@conform("degradations/real-world", config={"scale": 2})
def test_real_world_conforms(check: Check) -> None:
    check()


@conform("degradations/frame-average", config={"window": [3, 5], "step": 2, "noise": 0.01})
def test_frame_average_conforms(check: Check) -> None:
    check()


@conform("degradations/rolling-shutter", config={"noise": [0.0, 0.1]})
def test_rolling_shutter_conforms(check: Check) -> None:
    check()


@conform("degradations/per-frame", config={"degrader": "degradations/motion-blur"})
def test_per_frame_conforms(check: Check) -> None:
    check()


@conform("degradations/clip-shake", config={"length": [2, 8], "boundary": "valid"})
def test_clip_shake_conforms(check: Check) -> None:
    check()


@conform("degradations/motion-blur", config={"transfer": "srgb"})
def test_motion_blur_of_light_conforms(check: Check) -> None:
    check()


@conform("degradations/gaussian-blur", config={"transfer": "srgb", "boundary": "valid"})
def test_gaussian_blur_of_light_conforms(check: Check) -> None:
    check()


@conform("degradations/sensor-noise", config={"offset": 0.1})
def test_sensor_noise_above_an_offset_conforms(check: Check) -> None:
    check()
