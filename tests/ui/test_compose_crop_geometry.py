"""The crop box's maths, on photos and clips of any size."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.photo import CropBox
from studio.ui.compose.crop_geometry import Framing, Handle, looks_soft

sides = st.integers(1, 12000)
clip_sides = st.integers(1, 256).map(lambda n: 16 * n)
framings = st.builds(Framing, photo=st.tuples(sides, sides), clip=st.tuples(clip_sides, clip_sides))
points = st.floats(-20000, 20000)
shifts = st.integers(-20000, 20000)


def inside(box: CropBox, framing: Framing) -> bool:
    wide, high = framing.photo
    return box.x + box.width <= wide and box.y + box.height <= high


def shaped(box: CropBox, framing: Framing) -> bool:
    """Whether the box is within half a pixel of the clip's shape (or a pixel wide at the least)."""
    wide, high = framing.clip
    off = abs(box.width * high - box.height * wide)
    return 2 * off <= max(wide, high) or min(box.width, box.height) == 1


@settings(deadline=None)
@given(framings)
def test_the_largest_box_has_the_clips_shape_and_touches_two_sides(framing: Framing) -> None:
    box = framing.largest()
    assert inside(box, framing)
    assert shaped(box, framing)
    used = max(box.width / framing.photo[0], box.height / framing.photo[1])
    assert used > 0.9 or min(framing.photo) < 20


@settings(deadline=None)
@given(framings, st.lists(st.tuples(shifts, shifts), max_size=4), st.integers(-200, 200))
def test_a_box_moved_and_scaled_stays_inside_and_keeps_its_shape(
    framing: Framing, moves: list[tuple[int, int]], steps: int
) -> None:
    box = framing.largest()
    for dx, dy in moves:
        box = framing.scaled(framing.moved(box, dx, dy), steps)
        assert inside(box, framing)
        assert shaped(box, framing)


@settings(deadline=None)
@given(framings, st.lists(st.tuples(st.sampled_from(Handle), points, points), max_size=5))
def test_a_box_dragged_by_any_handle_anywhere_stays_inside_and_keeps_its_shape(
    framing: Framing, drags: list[tuple[Handle, float, float]]
) -> None:
    box = framing.largest()
    for handle, x, y in drags:
        box = framing.dragged(box, handle, x, y)
        assert inside(box, framing)
        assert shaped(box, framing)


@settings(deadline=None)
@given(framings, sides, sides, sides, sides)
def test_a_box_of_any_shape_is_fitted(framing: Framing, x: int, y: int, w: int, h: int) -> None:
    box = framing.fitted(CropBox(x=x, y=y, width=w, height=h))
    assert inside(box, framing)
    assert shaped(box, framing)
    assert framing.fitted(box) == box


def test_a_photo_of_the_clips_size_is_taken_whole() -> None:
    assert Framing((1280, 704), (1280, 704)).largest() == CropBox(x=0, y=0, width=1280, height=704)


def test_with_room_enough_the_sides_stand_exactly_as_the_clips() -> None:
    box = Framing((4000, 3000), (1280, 704)).largest()
    assert (box.width * 704, box.width) == (box.height * 1280, 4000)


def test_the_corner_opposite_a_dragged_one_stays() -> None:
    framing = Framing((4000, 3000), (1280, 704))
    box = framing.dragged(framing.largest(), Handle.TOP_LEFT, 2000, 1200)
    before = framing.largest()
    assert box.x + box.width == before.x + before.width
    assert box.y + box.height == before.y + before.height
    assert box.width < before.width


def test_a_dragged_side_leaves_the_other_side_and_the_centre_line() -> None:
    framing = Framing((4000, 3000), (1280, 704))
    before = framing.largest()
    box = framing.dragged(before, Handle.RIGHT, 2000, 0)
    assert (box.x, box.width) == (0, 2000)
    assert abs((2 * box.y + box.height) - (2 * before.y + before.height)) <= 1


def test_a_move_by_one_pixel_is_one_pixel() -> None:
    framing = Framing((4000, 3000), (1280, 704))
    box = framing.largest()
    assert framing.moved(box, 0, 1).y == box.y + 1
    assert framing.moved(box, 1, 0).x == box.x == 0


def test_a_step_smaller_and_a_step_larger_undo_each_other() -> None:
    framing = Framing((4000, 3000), (1280, 704))
    smaller = framing.scaled(framing.largest(), -3)
    assert smaller.width < 4000
    assert framing.scaled(smaller, 3) == framing.largest()


def test_a_box_far_below_the_clips_size_looks_soft() -> None:
    assert looks_soft(CropBox(x=0, y=0, width=320, height=176), (1280, 704))
    assert not looks_soft(CropBox(x=0, y=0, width=1240, height=682), (1280, 704))
