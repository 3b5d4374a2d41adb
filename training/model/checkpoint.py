"""Reads a checkpoint of train.py: the averaged weights, ready to use."""
import torch

from train import Model, attach, load_tokenizer


def load_model(path):
    """The model in evaluation mode, its tokenizer, and the natural logarithm of its logit scale."""
    state = torch.load(path)
    tokenizer = load_tokenizer()
    model = Model(tokenizer)
    attach(model, state['average'].clone())
    model.vision.load_state_dict(state['norms'], strict=False)
    return model.eval(), tokenizer, float(model.scale.detach())
