"""What the starter model knows: scenes, and the English and Chinese sentences that say them."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]

COLORS: dict[str, tuple[int, int, int]] = {
    "red": (220, 40, 40),
    "green": (40, 165, 65),
    "blue": (40, 85, 220),
    "yellow": (245, 215, 50),
    "orange": (245, 135, 30),
    "purple": (135, 60, 185),
    "white": (242, 242, 242),
    "black": (22, 22, 26),
    "pink": (250, 150, 190),
    "cyan": (50, 205, 220),
}
SHAPES = ("circle", "square", "triangle", "star", "ring", "heart", "cross")
MOTIONS = ("left", "right", "up", "down", "spin", "grow", "shrink", "bounce", "orbit", "still")
CAMERAS = ("none", "zoom_in", "zoom_out", "pan_left", "pan_right")
BACKDROPS = ("plain", "graded", "textured")

# The attributes that a sentence decides, each with its values: what the text encoder learns to
# read.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "shape": ("any", *SHAPES),
    "color": ("any", *COLORS),
    "motion": ("any", *MOTIONS),
    "camera": CAMERAS,
    "backdrop": ("any", *BACKDROPS),
    "ground": ("any", *COLORS),
}


@dataclass(frozen=True)
class Scene:
    """One clip in words: a shape in a colour that moves in some way, before a background and a
    camera.

    A value of "any" was not said; `subject` is False where the sentence is about the camera alone.
    """

    shape: str
    color: str
    motion: str
    camera: str
    backdrop: str
    ground: str
    subject: bool = True


UNSAID = Scene("any", "any", "any", "none", "any", "any", subject=False)  # the empty sentence


def held_out(scene: Scene) -> bool:
    """Whether this combination belongs to the tenth that training never sees."""
    words = f"{scene.shape}/{scene.color}/{scene.motion}/{scene.ground}"
    return zlib.crc32(words.encode()) % 10 == 0


def draw_scene(rng: random.Random, *, held: bool = False, camera_share: float = 0.3) -> Scene:
    """A random scene of the training part, or (`held`) of the held-out part."""
    while True:
        color, ground = rng.sample(list(COLORS), 2)
        camera = rng.choice(CAMERAS[1:]) if rng.random() < camera_share else "none"
        still = camera != "none" and rng.random() < 0.7
        scene = Scene(
            shape=rng.choice(SHAPES),
            color=color,
            motion="still" if still else rng.choice(MOTIONS),
            camera=camera,
            backdrop=rng.choices(BACKDROPS, (0.7, 0.15, 0.15))[0],
            ground=ground,
        )
        if held_out(scene) == held:
            return scene


_SHAPE_EN = {
    "circle": ("circle", "disc", "disk", "dot"),
    "square": ("square", "box"),
    "triangle": ("triangle",),
    "star": ("star", "five-pointed star"),
    "ring": ("ring", "hoop"),
    "heart": ("heart",),
    "cross": ("cross", "plus sign"),
}
_SHAPE_ZH = {
    "circle": ("圆形", "圆", "圆点"),
    "square": ("正方形", "方块"),
    "triangle": ("三角形",),
    "star": ("星形", "五角星", "星星"),
    "ring": ("圆环", "环"),
    "heart": ("心形", "爱心"),
    "cross": ("十字", "十字形"),
}
_COLOR_ZH = {
    "red": "红色", "green": "绿色", "blue": "蓝色", "yellow": "黄色", "orange": "橙色",
    "purple": "紫色", "white": "白色", "black": "黑色", "pink": "粉色", "cyan": "青色",
}  # fmt: skip
_MOTION_EN = {
    "left": ("moves left", "moves to the left", "goes left", "slides left", "moving left"),
    "right": ("moves right", "moves to the right", "goes right", "slides right", "moving right"),
    "up": ("moves up", "goes up", "rises", "moves upwards", "moving up"),
    "down": ("moves down", "goes down", "sinks", "moves downwards", "moving down"),
    "spin": ("spins", "rotates", "turns around itself", "spinning", "rotating"),
    "grow": ("grows", "gets bigger", "becomes larger", "growing"),
    "shrink": ("shrinks", "gets smaller", "becomes smaller", "shrinking"),
    "bounce": ("bounces", "bounces up and down", "jumps up and down", "bouncing"),
    "orbit": ("circles around", "goes around in a circle", "moves in a circle", "circling around"),
    "still": ("stays still", "does not move", "stands still", "rests", "at rest"),
}
_MOTION_ZH = {
    "left": ("向左移动", "往左移动", "向左滑动"),
    "right": ("向右移动", "往右移动", "向右滑动"),
    "up": ("向上移动", "往上移动", "上升"),
    "down": ("向下移动", "往下移动", "下降"),
    "spin": ("旋转", "转动", "自转"),
    "grow": ("变大", "越来越大", "放大"),
    "shrink": ("变小", "越来越小", "缩小"),
    "bounce": ("弹跳", "上下弹跳", "跳动"),
    "orbit": ("绕圈", "绕圈移动", "转圈"),
    "still": ("静止", "静止不动", "不动"),
}
_CAMERA_EN = {
    "zoom_in": ("the camera zooms in", "zoom in", "the camera moves closer", "camera zooms in"),
    "zoom_out": ("the camera zooms out", "zoom out", "the camera moves back", "camera zooms out"),
    "pan_left": ("the camera pans left", "pan left", "the camera moves left", "camera pans left"),
    "pan_right": (
        "the camera pans right",
        "pan right",
        "the camera moves right",
        "camera pans right",
    ),
}
_CAMERA_ZH = {
    "zoom_in": ("镜头推近", "镜头拉近", "镜头放大"),
    "zoom_out": ("镜头拉远", "镜头推远", "镜头缩小"),
    "pan_left": ("镜头左移", "镜头向左移动", "镜头左摇"),
    "pan_right": ("镜头右移", "镜头向右移动", "镜头右摇"),
}


def describe(scene: Scene, rng: random.Random, language: Language) -> str:
    """One of the many sentences that say this scene; parts that are "any" stay unsaid."""
    if not scene.subject and scene.camera == "none":
        return ""
    return _english(scene, rng) if language == "en" else _chinese(scene, rng)


def forget(scene: Scene, rng: random.Random) -> Scene:
    """The scene as a lazier person would say it: now and then a part is left out."""
    if scene.camera != "none" and rng.random() < 0.35:
        return Scene("any", "any", "any", scene.camera, "any", "any", subject=False)
    changes = {name: "any" for name in ("color", "motion") if rng.random() < 0.05}
    if rng.random() < 0.08:
        changes |= {"backdrop": "any", "ground": "any"}
    return Scene(**{**scene.__dict__, **changes})


def _english(scene: Scene, rng: random.Random) -> str:
    camera = "" if scene.camera == "none" else rng.choice(_CAMERA_EN[scene.camera])
    if not scene.subject:
        return _case(camera, rng)
    color = "" if scene.color == "any" else f"{scene.color} "
    noun = color + rng.choice(_SHAPE_EN[scene.shape])
    article = "an" if noun[0] in "aeiou" else "a"
    motion = "" if scene.motion == "any" else " " + rng.choice(_MOTION_EN[scene.motion])
    ground = _ground_en(scene, rng)
    subject = f"{article if rng.random() < 0.9 else 'the'} {noun}"
    if ground and rng.random() < 0.2:
        sentence = rng.choice((f"{ground}, {subject}{motion}", f"on {ground}, {subject}{motion}"))
    elif ground:
        joint = rng.choice((" on ", " on ", " in front of ", ", "))
        sentence = f"{subject}{motion}{joint}{ground}"
    else:
        sentence = subject + motion
    if camera:
        sentence += rng.choice((", ", ". ", ", and ")) + camera
    return _case(sentence, rng)


def _ground_en(scene: Scene, rng: random.Random) -> str:
    if scene.ground == "any":
        return ""
    name = scene.ground
    article = "an" if name[0] in "aeiou" else "a"
    if scene.backdrop == "graded":
        return rng.choice((f"{article} {name} gradient background", f"a graded {name} background"))
    if scene.backdrop == "textured":
        return rng.choice((f"a softly textured {name} background", f"a textured {name} background"))
    return rng.choice(
        (
            f"{article} {name} background",
            f"{article} {name} background",
            f"a plain {name} background",
        )
    )


def _case(sentence: str, rng: random.Random) -> str:
    if rng.random() < 0.4:
        sentence = sentence[0].upper() + sentence[1:]
    return sentence + ("." if rng.random() < 0.3 else "")


def _chinese(scene: Scene, rng: random.Random) -> str:
    camera = "" if scene.camera == "none" else rng.choice(_CAMERA_ZH[scene.camera])
    end = "。" if rng.random() < 0.3 else ""
    if not scene.subject:
        return camera + end
    color = "" if scene.color == "any" else _COLOR_ZH[scene.color] + "的"
    count = rng.choice(("一个", "一个", "一颗" if scene.shape == "star" else "一个", ""))
    motion = "" if scene.motion == "any" else rng.choice(_MOTION_ZH[scene.motion])
    middle = rng.choice(("", "在", "正在")) if scene.motion in ("spin", "bounce", "orbit") else ""
    sentence = f"{count}{color}{rng.choice(_SHAPE_ZH[scene.shape])}{middle}{motion}"
    ground = _ground_zh(scene, rng)
    if ground and rng.random() < 0.3:
        sentence = f"{ground}{rng.choice(('，', '上，', '前，'))}{sentence}"
    elif ground:
        sentence = f"{sentence}，{ground}"
    return sentence + (f"，{camera}" if camera else "") + end


def _ground_zh(scene: Scene, rng: random.Random) -> str:
    if scene.ground == "any":
        return ""
    name = _COLOR_ZH[scene.ground]
    if scene.backdrop == "graded":
        return rng.choice((f"{name}渐变背景", f"{name}渐变的背景"))
    if scene.backdrop == "textured":
        return rng.choice((f"{name}柔和纹理背景", f"{name}纹理背景"))
    return rng.choice((f"{name}背景", f"{name}背景", f"纯{name}背景"))
