"""As-of features and the labels after the as-of date."""

from ml.features.build import Frames, build_frames

__all__ = ["Frames", "build_frames"]
