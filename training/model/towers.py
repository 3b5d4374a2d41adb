"""The two towers: a small convolutional network with attention on top, and a causal text transformer, as in CLIP."""
import torch
import torch.nn as nn
import torch.nn.functional as F

EMBEDDING = 256
# Pixels a side of what the model is given; positions are learned for a grid of GRID x GRID, whatever the size.
SIZE = 48
GRID = 8
# Pixels that the second view has more on each side, before it is made SIZE x SIZE.
MARGIN = 4
WIDTH = 192
HEADS = 6
CHANNELS = (32, 96, 192)
RESIDUALS = (1, 2, 2)
VISION_LAYERS, TEXT_LAYERS = 2, 4


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.second_norm.weight)

    def forward(self, x):
        y = F.relu(self.first_norm(self.first(x)), inplace=True)
        return F.relu(x + self.second_norm(self.second(y)), inplace=True)


class Block(nn.Module):
    """Attention and a feed-forward layer, normalised before each (Radford et al. 2019)."""

    def __init__(self, dropout=0.):
        super().__init__()
        self.attention_norm, self.feed_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.queries_keys_values, self.joined = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.dropout = nn.Dropout(dropout)

    def attend(self, x, mask):
        n, tokens, _ = x.shape
        q, k, v = self.queries_keys_values(x).view(n, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q @ k.transpose(-1, -2)) * ((WIDTH // HEADS) ** -0.5)
        if mask is not None:
            scores = scores + mask
        mixed = (scores.softmax(-1).to(v.dtype) @ v).transpose(1, 2).reshape(n, tokens, WIDTH)
        return self.joined(mixed)

    def forward(self, x, mask=None):
        x = x + self.dropout(self.attend(self.attention_norm(x), mask))
        return x + self.dropout(self.down(F.gelu(self.up(self.feed_norm(x)))))


class Vision(nn.Module):
    """n x 3 x s x s, normalised to -1..1, to n x EMBEDDING; s may be another than SIZE while it trains."""

    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for channels, residuals in zip(CHANNELS, RESIDUALS):
            layers += [nn.Conv2d(before, channels, 3, 2, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(True)]
            layers += [Residual(channels) for _ in range(residuals)]
            before = channels
        self.body = nn.Sequential(*layers)
        self.grid = GRID
        self.inner = nn.Conv2d(before, WIDTH, 1)
        self.summary = nn.Parameter(torch.randn(1, 1, WIDTH) * .02)
        self.position = nn.Parameter(torch.randn(1, self.grid ** 2 + 1, WIDTH) * .02)
        self.blocks = nn.ModuleList([Block() for _ in range(VISION_LAYERS)])
        self.norm, self.projection = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, EMBEDDING, bias=False)

    def positions(self, grid):
        if grid == self.grid:
            return self.position
        square = self.position[:, 1:].view(1, self.grid, self.grid, WIDTH).permute(0, 3, 1, 2)
        square = F.interpolate(square, size=(grid, grid), mode='bilinear', align_corners=False)
        return torch.cat([self.position[:, :1], square.flatten(2).transpose(1, 2)], 1)

    def forward(self, pixels):
        x = self.inner(self.body(pixels))
        position = self.positions(x.shape[2])
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([self.summary.expand(x.shape[0], -1, -1).to(x.dtype), x], 1) + position
        for block in self.blocks:
            x = block(x)
        return self.projection(self.norm(x[:, 0]))


class TwoViews(nn.Module):
    """
    What the model that ships does with a picture: the mean of its embedding and of that of its mirror image, a little
    smaller. Two looks at a picture err less than one (Krizhevsky et al. 2012), in a drawing style never seen above all.
    """

    def __init__(self, vision):
        super().__init__()
        self.vision = vision

    def forward(self, pixels):
        smaller = F.interpolate(F.pad(pixels.flip(-1), (MARGIN,) * 4, mode='replicate'), size=(SIZE, SIZE), mode='bilinear',
                                align_corners=False)
        one, other = F.normalize(self.vision(torch.cat([pixels, smaller])), dim=-1).chunk(2)
        return one + other


class Text(nn.Module):
    """
    n x t token ids to n x EMBEDDING, read at the first end token; t is at most the context.

    To what the transformer says there, a weighted mean of the words themselves is added. What people type is words of
    which each says something, in an order that no caption had; a small transformer learns the captions by heart.
    """

    def __init__(self, vocabulary, context, end, dropout=0.):
        super().__init__()
        self.end = end
        self.token, self.position = nn.Embedding(vocabulary, WIDTH), nn.Parameter(torch.randn(context, WIDTH) * .01)
        nn.init.normal_(self.token.weight, std=.02)
        self.blocks = nn.ModuleList([Block(dropout) for _ in range(TEXT_LAYERS)])
        self.importance, self.of_words = nn.Linear(WIDTH, 1, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        nn.init.zeros_(self.importance.weight)
        nn.init.zeros_(self.of_words.weight)
        self.norm, self.projection = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, EMBEDDING, bias=False)
        self.register_buffer('mask', torch.full((context, context), -1e4).triu(1), persistent=False)

    def forward(self, ids):
        tokens = ids.shape[1]
        words = self.token(ids)
        x = words + self.position[:tokens]
        mask = self.mask[:tokens, :tokens]
        for block in self.blocks:
            x = block(x, mask)
        end = (ids == self.end).int().argmax(1)
        x = x.gather(1, end.view(-1, 1, 1).expand(-1, 1, WIDTH)).squeeze(1)
        after = torch.arange(tokens, device=ids.device) > end.unsqueeze(1)
        share = (self.importance(words).squeeze(-1).float() + after * -1e4).softmax(1).to(words.dtype)
        return self.projection(self.norm(x + self.of_words((share.unsqueeze(1) @ words).squeeze(1))))


def normalise(pictures):
    return ((pictures - .5) / .5).contiguous(memory_format=torch.channels_last)
