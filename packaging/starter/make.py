"""Trains the starter model and puts it into assets/starter: `python packaging/starter/make.py`.

Parts are made in order, each from its last checkpoint in the work folder: started again after a
crash, it goes on where it was. Data are drawn by this program alone. On a GPU all of it takes
minutes, on two CPU cores some hours; `--minutes` divides the time among the parts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from latents import make_shards
from train_text import train as train_text
from train_transformer import CLIP, STILL
from train_transformer import train as train_transformer
from train_vae import polish
from train_vae import train as train_vae
from transformers import ByT5Tokenizer, UMT5EncoderModel

ROOT = Path(__file__).resolve().parents[2]
SHARES = {"vae": 0.25, "text": 0.07, "decoder": 0.1, "transformer": 0.58}
STILLS = 3  # files of stills for each file of clips; they take a twentieth of its time
DEFAULTS = {
    "title": "Clipwright starter",
    "about": "The starter draws simple coloured shapes that move, and knows nothing else of the "
    "world; it is there to try everything out without a GPU.",
    "start": "either",
    "width": 256,
    "height": 160,
    "num_frames": 25,
    "frame_rate": 12,
    "num_inference_steps": 20,
    "guidance_scale": 5.0,
    "flow_shift": 12.0,
    "grid_step": 16,
    "negative_prompt": "",
}
INDEX = {
    "_class_name": "WanPipeline",
    "boundary_ratio": None,
    "expand_timesteps": True,
    "scheduler": ["diffusers", "UniPCMultistepScheduler"],
    "text_encoder": ["transformers", "UMT5EncoderModel"],
    "tokenizer": ["transformers", "ByT5Tokenizer"],
    "transformer": ["diffusers", "WanTransformer3DModel"],
    "transformer_2": [None, None],
    "vae": ["diffusers", "AutoencoderKLWan"],
}


def main() -> None:
    """Trains what is not trained yet and exports the whole model."""
    options = _options()
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    trained = {part: share for part, share in SHARES.items() if part in options.train}
    whole = sum(trained.values())
    minutes = {part: options.minutes * trained.get(part, 0) / whole for part in SHARES}

    start: Path | None = options.start
    vae = train_vae(work, minutes["vae"], device, start)
    polish(work, vae, minutes["decoder"], device)
    encoder = train_text(work, minutes["text"], device, start)
    # By the encoder that made them: one that was trained on makes other latents.
    latents = work / f"latents-{_encoder_hash(vae)}"
    first, end = options.first_shard, options.first_shard + options.shards
    make_shards(vae, latents, STILL, range(STILLS * first, STILLS * end), device)
    make_shards(vae, latents, CLIP, range(first, end), device)
    transformer = _transformer(options, latents, encoder, minutes["transformer"], device)
    export(options.out, vae, encoder, transformer)
    print(f"The starter is in {options.out}; now: launch.py bench starter", flush=True)


def export(
    out: Path,
    vae: AutoencoderKLWan,
    encoder: UMT5EncoderModel,
    transformer: WanTransformer3DModel,
) -> None:
    """Writes the model in diffusers' layout, weights in bf16."""
    for part, name in ((vae, "vae"), (encoder, "text_encoder"), (transformer, "transformer")):
        part.to("cpu", torch.bfloat16).save_pretrained(out / name)
        _forget_place(out / name / "config.json")
    ByT5Tokenizer().save_pretrained(out / "tokenizer")
    UniPCMultistepScheduler(
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=DEFAULTS["flow_shift"],
    ).save_pretrained(out / "scheduler")
    for file, content in (("model_index.json", INDEX), ("clipwright.json", DEFAULTS)):
        (out / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _forget_place(config: Path) -> None:
    """Takes out where the part was read from before it was trained on."""
    told = json.loads(config.read_text(encoding="utf-8"))
    told.pop("_name_or_path", None)
    config.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _transformer(
    options: argparse.Namespace,
    latents: Path,
    encoder: UMT5EncoderModel,
    minutes: float,
    device: str,
) -> WanTransformer3DModel:
    """Trains the transformer, on a CPU in several processes if asked for."""
    if options.processes == 1 or device != "cpu":
        return train_transformer(options.work, latents, encoder, minutes, device, options.start)
    encoder.save_pretrained(options.work / "text_encoder")
    meeting = options.work / "meeting"
    meeting.unlink(missing_ok=True)
    torch.multiprocessing.spawn(
        _one_of_several, (options, latents, minutes, meeting), nprocs=options.processes
    )
    return WanTransformer3DModel.from_pretrained(options.work / "transformer")


def _one_of_several(
    rank: int, options: argparse.Namespace, latents: Path, minutes: float, meeting: Path
) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=options.processes
    )
    encoder = UMT5EncoderModel.from_pretrained(options.work / "text_encoder")
    trained = train_transformer(options.work, latents, encoder, minutes, "cpu", options.start, rank)
    if rank == 0:
        trained.save_pretrained(options.work / "transformer")
    torch.distributed.barrier()  # one that leaves while another is at work aborts that
    torch.distributed.destroy_process_group()


def _encoder_hash(vae: AutoencoderKLWan) -> str:
    digest = hashlib.sha256()
    for half in (vae.encoder, vae.quant_conv):
        for tensor in half.state_dict().values():
            digest.update(tensor.float().cpu().numpy().tobytes())
    return digest.hexdigest()[:12]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="training time in all")
    parser.add_argument(
        "--processes", type=int, default=1, help="on a CPU, of one thread each, for the transformer"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "starter")
    parser.add_argument("--start", type=Path, help="a starter to go on from, assets/starter say")
    parser.add_argument(
        "--train", nargs="+", choices=SHARES, default=list(SHARES), help="parts; others are kept"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "starter")
    parser.add_argument(
        "--shards", type=int, default=48, help="files of 64 clips, and thrice as many of stills"
    )
    parser.add_argument(
        "--first-shard", type=int, default=0, help="number of the first; others are other clips"
    )
    options = parser.parse_args()
    if options.start is None and len(set(options.train)) < len(SHARES):
        parser.error("--train some parts needs --start, a model that has the others")
    return options


if __name__ == "__main__":
    main()
