"""The benches: figures and verdicts follow from samples, children are timed, reports say it all."""

from __future__ import annotations

import importlib
import io
import json
import mmap
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
from rich.console import Console

from tests.tiny_models import make_ti2v

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "packaging" / "bench"


@pytest.fixture(autouse=True)
def _in_the_bench_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its modules import each other by plain name, as when Python runs the folder."""
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


def screen() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=200), text


def test_samples_are_taken_in_turns() -> None:
    order: list[str] = []

    def way(name: str, run: int) -> float:
        order.append(f"{name}{run}")
        return float(run)

    samples = module("figures").in_turns(2, lambda run: way("a", run), lambda run: way("b", run))
    assert order == ["a0", "b0", "a1", "b1"]
    assert samples == [[0.0, 1.0], [0.0, 1.0]]


def test_a_ratio_is_that_of_the_medians() -> None:
    figures = module("figures")
    bound = figures.at_most(0.6)
    figure = figures.ratio("warm", [1.0, 9.0, 2.0], [4.0, 4.0, 100.0], figures.Unit.SECONDS, bound)
    assert figure.value == 0.5
    assert figure.verdict is figures.Verdict.MET
    assert figure.detail == "2.00 s ÷ 4.00 s"
    assert figure.samples == {"ours": [1.0, 9.0, 2.0], "plain": [4.0, 4.0, 100.0]}


@pytest.mark.parametrize(
    ("value", "side", "verdict"),
    [
        (1.0, "at_most", "met"),
        (1.01, "at_most", "not met"),
        (1.0, "at_least", "met"),
        (0.99, "at_least", "not met"),
        (float("nan"), "at_most", "not met"),
        (float("nan"), "at_least", "not met"),
    ],
)
def test_a_limit_is_met_up_to_the_limit_itself(value: float, side: str, verdict: str) -> None:
    figures = module("figures")
    bound = getattr(figures, side)(1.0)
    assert figures.Figure("x", value, figures.Unit.RATIO, bound).verdict.value == verdict


def test_a_figure_without_a_limit_is_only_reported() -> None:
    figures = module("figures")
    figure = figures.middle("start", [3.0, 1.0, 2.0], figures.Unit.SECONDS)
    assert (figure.value, figure.verdict) == (2.0, figures.Verdict.REPORTED)


def test_growth_from_nothing_is_no_number_and_keeps_no_limit() -> None:
    figures = module("figures")
    unit, bound = figures.Unit.BYTES, figures.at_most(0.05)
    assert figures.growth("peak", 100.0, 104.0, unit, bound).verdict is figures.Verdict.MET
    assert figures.growth("peak", 0.0, 104.0, unit, bound).verdict is figures.Verdict.NOT_MET


def test_a_child_is_timed_as_a_whole_process() -> None:
    done = module("children").run([sys.executable, "-c", "import time; time.sleep(0.2); print(7)"])
    assert done.seconds > 0.2
    assert done.output == "7\n"


def test_a_child_that_fails_is_told_with_its_last_words() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]
    with pytest.raises(module("figures").BenchFailed, match=r"failed \(1\): the disk is full"):
        module("children").run(command)


def test_a_sample_is_the_last_line_that_a_script_prints(tmp_path: Path) -> None:
    script = tmp_path / "sample.py"
    script.write_text(
        "import json, sys; print('loading'); print(json.dumps({'twice': 2 * json.loads("
        "sys.argv[1])['value']}))"
    )
    assert module("children").sample(str(script), {"value": 4}) == {"twice": 8}


def test_a_script_without_figures_is_a_failure(tmp_path: Path) -> None:
    script = tmp_path / "sample.py"
    script.write_text("print('hello')")
    with pytest.raises(module("figures").BenchFailed, match="printed no figures"):
        module("children").sample(str(script), {})


def test_imports_are_counted_from_what_python_prints() -> None:
    extra = {"PYTHONPROFILEIMPORTTIME": "1"}
    command = [sys.executable, "-c", "import sys, json; sys.stderr.flush(); sys.exit(1)"]
    children = module("children")
    with pytest.raises(module("figures").BenchFailed) as failure:
        children.run(command, extra=extra)
    assert module("renders").IMPORT_LINE.search(str(failure.value).rpartition(" / ")[2])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can let a peak begin anew")
def test_a_peak_is_remembered_after_its_memory_is_given_back() -> None:
    resident = module("resident")
    resident.forget_peak()
    before = resident.now()
    # Mapped, for what is freed on the heap may stay with the process.
    with mmap.mmap(-1, 64 << 20) as taken:
        taken[:: mmap.PAGESIZE] = bytes(len(taken) // mmap.PAGESIZE)
    assert resident.peak() - before > 60 << 20
    resident.forget_peak()
    assert resident.peak() - resident.now() < 8 << 20


def test_a_report_has_every_figure_with_its_limit_and_verdict(tmp_path: Path) -> None:
    figures, report = module("figures"), module("report")
    found = [
        figures.ratio("render", [1.0], [2.0], figures.Unit.SECONDS, figures.at_most(1.0)),
        figures.growth("peak [all]", 0.0, 1.0, figures.Unit.BYTES, figures.at_most(0.05)),
    ]
    results = [
        report.Result("render", "a render", 1.0, found),
        report.Result("warm", "a warm render", 0.0, failure="There is no model."),
    ]
    console, text = screen()
    for result in results:
        report.print_result(console, result)
    shown = text.getvalue()
    assert "1.00 s ÷ 2.00 s" in shown
    assert "≤ 5.0 %" in shown
    assert "peak [all]" in shown
    assert "There is no model." in shown

    file = tmp_path / "build" / "bench.json"
    report.write_json(file, {"cpu": "a"}, results)
    written = json.loads(file.read_text(encoding="utf-8"))
    first, second = written["benches"][0]["figures"]
    assert first["must_be"] == {"side": "≤", "limit": 1.0}
    assert first["samples"] == {"ours": [1.0], "plain": [2.0]}
    assert (second["value"], second["verdict"]) == (None, "not met")
    assert written["benches"][1]["failure"] == "There is no model."


def test_our_command_names_every_param_of_the_render(tmp_path: Path) -> None:
    make_ti2v(tmp_path)
    options = module("options").Options(str(tmp_path), changes={"num_frames": 9})
    command = module("renders").ours_command(options.params(5), tmp_path / "clip.mp4")
    assert command[command.index("--num-frames") + 1] == "9"
    assert command[command.index("--seed") + 1] == "5"
    assert command[command.index("--width") + 1] == "1280"
    assert "--guidance-scale-2" not in command


def test_a_missing_model_is_said_in_its_row_and_is_no_failure(tmp_path: Path) -> None:
    console, text = screen()
    file = tmp_path / "bench.json"
    arguments = ["render", "memory", "--model", str(tmp_path), "--json", str(file)]
    assert module("program").main(arguments, console) == 0
    assert "is no model folder" in text.getvalue()
    benches = json.loads(file.read_text(encoding="utf-8"))["benches"]
    assert [bench["name"] for bench in benches] == ["render", "memory"]


@pytest.mark.parametrize(("seconds", "verdict"), [(0.04, "met"), (0.2, "not met")])
def test_kept_states_may_take_a_hundredth_of_a_render(seconds: float, verdict: str) -> None:
    found = {
        "kept": [8.0, 10.0, 10.0],
        "bare": [8.0, 8.0, 8.0],
        "written": [[seconds, seconds / 2], [seconds, seconds / 2], [seconds / 2]],
        "large": [0.4, 0.2, 0.3],
        "bytes": 3 << 20,
    }
    share, states, whole, large, size = module("checkpoint").checkpoint_figures(found)
    assert share.value == pytest.approx(1.5 * seconds / 10)
    assert share.verdict.value == verdict
    assert [states.value, whole.value, large.value, size.value] == [2, 1.25, 0.3, 3 << 20]


def test_states_are_counted_with_the_one_before_decoding(tmp_path: Path) -> None:
    model = make_ti2v(tmp_path / "model")
    changes = {"width": 64, "height": 64, "num_frames": 9, "num_inference_steps": 2}
    params = module("options").Options(str(model), changes=changes).params(1)
    found = module("sample_checkpoint").render(params, tmp_path, 1, 0.0)
    ((first, last),) = found["written"]
    assert 0 < first + last < found["kept"][0]
    assert len(found["bare"]) == 1


def test_a_large_state_is_one_that_can_be_read_back(tmp_path: Path) -> None:
    make_ti2v(tmp_path)
    samples, state_file = module("sample_checkpoint"), module("studio.engine.state")
    state = samples.large_state((1, 48, 3, 4, 5), (1, 512, 32))
    origin = state_file.Origin(module("options").Options(str(tmp_path)).params(1), None, "")
    found = samples.write(state, origin, tmp_path, 2)
    read, _ = state_file.read_state(tmp_path / "large.safetensors")
    assert len(found["large"]) == 2
    # The latents, and what the solver remembers: two outputs and its last sample.
    sized = [t for t in (read.latents, *read.history.tensors.values()) if t.ndim == 5]
    assert len(sized) == 4
    assert found["bytes"] > 4 * read.latents.nbytes


@pytest.mark.parametrize(("dropped", "verdict"), [(0, "met"), (1, "not met")])
def test_no_frame_may_be_dropped(dropped: int, verdict: str) -> None:
    found = {"shown": 234, "dropped": dropped, "waits": 3, "seconds": 10.0, "cpus": 2}
    left_out, waits, shown = module("window").play_figures(found)
    assert left_out.verdict.value == verdict
    assert left_out.detail == "234 shown in 10.0 s, on 2 CPUs"
    assert (waits.value, shown.value) == (3, pytest.approx(0.975))


@pytest.mark.parametrize(("launched", "verdict"), [(0.7, "met"), (0.9, "not met")])
def test_the_launcher_adds_the_difference_of_the_medians(launched: float, verdict: str) -> None:
    samples = [launched, 9.0, launched], [0.5, 0.5, 4.0]
    (figure,) = module("launcher").launcher_figures(*samples)
    assert figure.value == pytest.approx(launched - 0.5)
    assert figure.verdict.value == verdict


def test_only_a_default_render_has_a_limit_in_seconds() -> None:
    options, renders = module("options").Options, module("renders")
    default = renders.warm_seconds(options(), [15.0, 16.0, 14.0])
    assert (default.name, default.verdict.value) == ("a default render, warm", "met")
    assert renders.warm_seconds(options(), [15.1]).verdict.value == "not met"
    for other in (options(changes={"width": 64}), options("elsewhere")):
        assert renders.warm_seconds(other, [99.0]).verdict.value == "reported"


def test_every_bench_is_a_function_of_its_module() -> None:
    for bench in module("program").BENCHES:
        assert callable(getattr(module(bench.module), bench.name))


@pytest.mark.parametrize("arguments", [["renders"], ["--runs", "0"]])
def test_arguments_that_make_no_sense_end_the_program(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        module("program").main(arguments)
    assert arguments[-1] in capsys.readouterr().err


def test_a_bench_runs_end_to_end_on_a_tiny_model(tmp_path: Path) -> None:
    model, file = make_ti2v(tmp_path / "model"), tmp_path / "bench.json"
    size = ["--width", "64", "--height", "64", "--num-frames", "9"]
    arguments = ["dtype", "--model", str(model), "--runs", "1", "--json", str(file), *size]
    console, text = screen()
    assert module("program").main(arguments, console) == 0
    assert "decode, time in bf16 ÷ fp32" in text.getvalue()
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["machine"]["torch"]
    (bench,) = written["benches"]
    assert bench["failure"] is None
    assert [figure["unit"] for figure in bench["figures"]] == ["ratio", "dB", "ratio", "dB"]
    assert bench["figures"][1]["value"] > 25


def samples_of(folder: Path, code: str, limit: float | None = None) -> list[dict[str, Any]]:
    """What a script with this code gives as samples."""
    (folder / "script.py").write_text(code, encoding="utf-8")
    return list(module("children").samples(str(folder / "script.py"), {}, limit=limit))


def test_samples_are_the_lines_that_are_objects(tmp_path: Path) -> None:
    code = """print('{"a": 1}\\n{not json\\n[1]\\nwords\\n{"b": 2}')"""

    assert samples_of(tmp_path, code) == [{"a": 1}, {"b": 2}]


def test_samples_that_came_before_a_failure_are_given(tmp_path: Path) -> None:
    found: list[dict[str, Any]] = []
    (tmp_path / "script.py").write_text(
        """print('{"a": 1}', flush=True)\nraise SystemExit("it fell over")""", encoding="utf-8"
    )
    with pytest.raises(module("figures").BenchFailed, match="it fell over"):
        found.extend(module("children").samples(str(tmp_path / "script.py"), {}))
    assert found == [{"a": 1}]


def test_a_script_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(module("figures").BenchFailed, match="not done after"):
        samples_of(tmp_path, "import time\ntime.sleep(600)", limit=0.2)


def test_a_script_whose_samples_nobody_wants_any_more_is_ended(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import json, os, time\nprint(json.dumps({'pid': os.getpid()}), flush=True)\n"
        "time.sleep(600)",
        encoding="utf-8",
    )
    samples = module("children").samples(str(tmp_path / "script.py"), {})
    pid = next(samples)["pid"]
    samples.close()

    assert not psutil.pid_exists(pid)
