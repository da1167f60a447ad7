"""A tiny randomly initialised model with a tokenizer made here, for the kit's script to train: nothing is fetched.

Run inside the second virtual environment: python tiny_model.py FOLDER TRAIN.jsonl [encoder]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHAT = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SIGNS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]


def tokenizer_of(texts: list[str]) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer trained on the texts themselves."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=800, special_tokens=SIGNS, initial_alphabet=alphabet, show_progress=False
        ),
    )
    pad, end = SIGNS[:2]
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token=pad, eos_token=end, chat_template=CHAT)


def encoder(folder: Path, texts: list[str]) -> None:
    """A model of the BERT class that reads single characters."""
    pad, unknown, begin, end = names = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    signs = {sign: at for at, sign in enumerate(names)}
    characters = sorted({character for text in texts for character in text})
    vocabulary = signs | {sign: at for at, sign in enumerate(characters, start=len(signs))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    ends = [(sign, signs[sign]) for sign in (begin, end)]
    made.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=pad, unk_token=unknown, cls_token=begin, sep_token=end,
        model_max_length=64,
    )  # fmt: skip
    torch.manual_seed(42)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def main(folder: Path, train: Path, kind: str = "llm") -> None:
    rows = [json.loads(line) for line in train.read_text(encoding="utf-8").split("\n") if line]
    texts = [message["content"] for row in rows for message in row["messages"]]
    if kind == "encoder":
        encoder(folder, texts)
        return
    tokenizer = tokenizer_of(texts)
    torch.manual_seed(42)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
