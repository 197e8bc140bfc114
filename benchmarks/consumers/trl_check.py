"""Runs in an environment with trl: builds each trainer on an export and takes a batch; trains nothing.

Called with the directory of the exports, then names of formats. The model has one layer of eight
numbers and random weights; the tokenizer knows bytes. Prints one JSON object a format.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import trl
from datasets import disable_progress_bars, load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2ForSequenceClassification,
    GPT2ForTokenClassification,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

UNKNOWN = "<unk>"
TEMPLATE = (
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def tokenizer():
    whole = Tokenizer(models.BPE(unk_token=UNKNOWN))
    whole.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = [UNKNOWN, "<pad>", "<eos>"]
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=special, initial_alphabet=alphabet)
    whole.train_from_iterator(["bytes"], trainer)
    tokens = {
        "unk_token": UNKNOWN,
        "pad_token": "<pad>",
        "eos_token": "<eos>",
        "bos_token": "<eos>",
    }
    made = PreTrainedTokenizerFast(tokenizer_object=whole, **tokens)
    made.chat_template = TEMPLATE
    return made


def model(kind, words, **extra):
    size = {"n_positions": 8192, "n_embd": 8, "n_layer": 1, "n_head": 1}
    ids = {"pad_token_id": words.pad_token_id, "eos_token_id": words.eos_token_id}
    ids["bos_token_id"] = words.eos_token_id
    place = tempfile.mkdtemp()
    kind(GPT2Config(vocab_size=len(words), **size, **ids, **extra)).save_pretrained(place)
    words.save_pretrained(place)
    return place, kind


def trainer_of(name, words):
    if name == "sft":
        return trl.SFTTrainer, trl.SFTConfig, model(GPT2LMHeadModel, words)
    if name == "dpo":
        return trl.DPOTrainer, trl.DPOConfig, model(GPT2LMHeadModel, words)
    if name == "kto":
        return trl.KTOTrainer, trl.KTOConfig, model(GPT2LMHeadModel, words)
    if name == "reward":
        classifier = model(GPT2ForSequenceClassification, words, num_labels=1)
        return trl.RewardTrainer, trl.RewardConfig, classifier
    from trl.experimental.prm import PRMConfig, PRMTrainer  # noqa: PLC0415  (not in every version)

    return PRMTrainer, PRMConfig, model(GPT2ForTokenClassification, words, num_labels=2)


def check(root, name, words):
    place = f"{root}/{name}"
    files = {path.stem: str(path) for path in Path(place).glob("*.jsonl")}
    data = load_dataset("json", data_files=files)
    trainer, config, (path, kind) = trainer_of(name, words)
    args = config(
        output_dir=tempfile.mkdtemp(),
        report_to=[],
        use_cpu=True,
        per_device_train_batch_size=2,
        max_steps=1,
    )
    given = kind.from_pretrained(path) if name in ("reward", "prm") else path
    made = trainer(given, args=args, train_dataset=data["train"], processing_class=words)
    batch = next(iter(made.get_train_dataloader()))
    return {"rows": len(made.train_dataset), "batch": sorted(batch)}


def main():
    disable_progress_bars()
    root, *names = sys.argv[1:]
    words = tokenizer()
    for name in names:
        try:
            found = {"ok": True, **check(root, name, words)}
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the finding)
            found = {"ok": False, "error": f"{type(error).__name__}: {error}"[:300]}
        print(
            "FOUND " + json.dumps({"format": name, "consumer": f"trl {trl.__version__}", **found})
        )


if __name__ == "__main__":
    main()
