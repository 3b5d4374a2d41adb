"""Drawings, and pictures composed of them: recoloured, moved, bent and put on backgrounds."""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

from concepts import COLOURS, CONCEPTS, COUNT, WORK

SIZE = 64
HELD_OUT_STYLE = 'twemoji'
FULL_COLOUR = ['noto', 'noto-v1', 'fluent-flat', 'fluent-color', 'fluent-3d', 'fxemoji', 'streamline-emojis',
               'flat-color-icons', 'meteocons', 'fluent-system-color', 'circle-flags', 'streamline-kameleon-color']
# One colour or two: their colour says nothing of the thing.
LINE_ART = ['fluent-high-contrast', 'icon-park', 'streamline-color', 'streamline-ultimate-color', 'streamline-plump-color',
            'streamline-flex-color', 'streamline-freehand-color', 'streamline-sharp-color', 'streamline-stickies-color',
            'game-icons', 'mdi', 'ph', 'fa6-solid', 'tabler', 'healthicons', 'maki', 'temaki', 'material-symbols',
            'lucide', 'solar', 'mingcute']
# sRGB of the colours' middles, in the order of COLOURS.
PALETTE = torch.tensor([(.86, .12, .12), (.95, .5, .1), (.97, .85, .15), (.2, .65, .25), (.15, .35, .87), (.5, .2, .7),
                        (.97, .52, .72), (.45, .27, .13), (.1, .1, .11), (.95, .95, .95), (.55, .55, .56)])
BLACK, WHITE = COLOURS.index('black'), COLOURS.index('white')
LUMINANCE = torch.tensor([.3, .59, .11])


def load(style):
    """The concepts and the drawings (n x 4 x SIZE x SIZE, 0 to 255) of a style."""
    with open(os.path.join(WORK, 'art', style + '.json')) as file:
        concepts = json.load(file)
    raw = np.fromfile(os.path.join(WORK, 'art', style + '.raw'), np.uint8).reshape(-1, SIZE, SIZE, 4)
    return concepts, torch.from_numpy(raw).permute(0, 3, 1, 2).contiguous()


def hsv(rgb):
    top, bottom = rgb.max(1)[0], rgb.min(1)[0]
    range_ = top - bottom
    r, g, b = rgb.unbind(1)
    safe = range_.clamp(min=1e-6)
    hue = torch.where(top == r, ((g - b) / safe) % 6, torch.where(top == g, (b - r) / safe + 2, (r - g) / safe + 4))
    return hue * 60, range_ / top.clamp(min=1e-6), top


def analyse(drawings):
    """
    What recolouring needs to know of each drawing: the mask of its main hue (0 to 255), the mean luminance there, and
    the colour that covers more than 60 % of it, or -1.
    """
    masks, luminances, colours = [], [], []
    for start in range(0, len(drawings), 256):
        pixels = drawings[start:start + 256].float() / 255
        rgb, alpha = pixels[:, :3], pixels[:, 3]
        hue, saturation, value = hsv(rgb)
        luminance = (rgb * LUMINANCE.view(1, 3, 1, 1)).sum(1)
        weight = alpha * ((saturation > .25) & (value > .25)).float() * saturation * value
        bins = (hue / 10).long().clamp(0, 35)
        histogram = torch.zeros(len(pixels), 36).scatter_add_(1, bins.flatten(1), weight.flatten(1))
        histogram = histogram + histogram.roll(1, 1) + histogram.roll(-1, 1)
        main = histogram.argmax(1).float() * 10 + 5
        distance = (hue - main.view(-1, 1, 1)).abs()
        distance = torch.minimum(distance, 360 - distance)
        mask = ((distance < 28) & (saturation > .2) & (value > .15)).float() * (alpha > .1)
        area = (alpha > .3).float().sum((1, 2)).clamp(min=1)
        everything = ((luminance > .18) & (alpha > .1)).float()
        mask = torch.where((mask.sum((1, 2)) / area > .22).view(-1, 1, 1), mask, everything)
        mask[mask.sum((1, 2)) < area * .1] = 1.
        luminances.append(((luminance * mask * alpha).sum((1, 2)) / (mask * alpha).sum((1, 2)).clamp(min=1)).clamp(min=.12))
        masks.append((mask * 255).byte())
        named = torch.full(hue.shape, -1)
        for colour, where in enumerate((
                (hue < 13) | (hue >= 345), (hue >= 13) & (hue < 40), (hue >= 40) & (hue < 66) & (value >= .5),
                (hue >= 66) & (hue < 165), (hue >= 190) & (hue < 252), (hue >= 255) & (hue < 300),
                (hue >= 300) & (hue < 345))):
            named[where] = colour
        named[(hue >= 13) & (hue < 45) & (value < .62)] = COLOURS.index('brown')
        named[((hue < 13) | (hue >= 330)) & (saturation < .55) & (value > .8)] = COLOURS.index('pink')
        named[saturation < .16] = COLOURS.index('gray')
        named[(saturation < .16) & (value > .85)] = WHITE
        named[value < .22] = BLACK
        share = torch.stack([((named == c) & (alpha > .4)).float().sum((1, 2)) for c in range(len(COLOURS))], 1)
        share, colour = (share / area[:, None]).max(1)
        colours.append(torch.where(share > .6, colour, torch.full_like(colour, -1)))
    return torch.cat(masks), torch.cat(luminances), torch.cat(colours)


class Bank:
    """The drawings of some styles, by concept."""

    def __init__(self, styles):
        concepts, drawings, line = [], [], []
        for style in styles:
            own, pixels = load(style)
            concepts += own
            drawings.append(pixels)
            line += [style in LINE_ART] * len(own)
        self.concept, self.line = np.array(concepts), np.array(line)
        pixels = torch.cat(drawings)
        mask, self.luminance, colour = analyse(pixels)
        self.pixels = torch.cat([pixels, mask[:, None]], 1)
        self.colour = colour.numpy().copy()
        self.colour[self.line] = -1
        self.full, self.lines = [[] for _ in range(COUNT)], [[] for _ in range(COUNT)]
        for n, (concept, is_line) in enumerate(zip(self.concept, self.line)):
            (self.lines if is_line else self.full)[concept].append(n)
        self.natural = np.zeros((COUNT, len(COLOURS)), bool)
        for n in np.where(self.colour >= 0)[0]:
            self.natural[self.concept[n], self.colour[n]] = True

    def pick(self, concept, rng, line=.25):
        if self.lines[concept] and (not self.full[concept] or rng.random() < line):
            return rng.choice(self.lines[concept])
        return rng.choice(self.full[concept])


def recolour(rgb, alpha_mask, luminance, line, colour, everything, jitter):
    """`rgb` (n x 3 x h x w) with its main hue, or all but its darkest parts, in the colours of PALETTE."""
    target = PALETTE[colour]
    if jitter:
        target = target + (torch.rand(len(colour), 3) - .5) * .1
        target = target * (1 + (torch.rand(len(colour), 1) - .5) * .25)
    target = target.clamp(0, 1)[:, :, None, None]
    light = (rgb * LUMINANCE.view(1, 3, 1, 1)).sum(1, keepdim=True)
    everything, line = everything.view(-1, 1, 1, 1), line.view(-1, 1, 1, 1)
    mask = torch.where(everything, (light > .12).float(), alpha_mask)
    mask = torch.where(line, torch.ones_like(mask), mask)
    shade = torch.where(line, torch.ones_like(light), (light / luminance.view(-1, 1, 1, 1)).clamp(0, 2))
    painted = torch.where(shade <= 1, target * shade, target + (1 - target) * (shade - 1) * .55)
    colour = colour.view(-1, 1, 1, 1)
    painted = torch.where(colour == BLACK, target * shade.clamp(0, 1.5), painted)
    painted = torch.where(colour == WHITE, (.55 + .42 * shade.clamp(0, 1)) * target, painted)
    return rgb * (1 - mask) + painted * mask


def hue_matrices(angle, saturation):
    """n x 3 x 3: rotation of the hue and scaling of the saturation in YIQ."""
    to = torch.tensor([[.299, .587, .114], [.596, -.274, -.322], [.211, -.523, .312]])
    back = torch.linalg.inv(to)
    middle = torch.zeros(len(angle), 3, 3)
    middle[:, 0, 0] = 1
    middle[:, 1, 1] = middle[:, 2, 2] = angle.cos() * saturation
    middle[:, 1, 2], middle[:, 2, 1] = -angle.sin() * saturation, angle.sin() * saturation
    return back @ middle @ to


def backgrounds(kinds, colours, size, jitter):
    """n x 3 x size x size; kinds: 0 white, 1 one colour (of PALETTE where it is not -1), 2 gradient, 3 clouds."""
    n = len(kinds)
    first, second = torch.rand(n, 3), torch.rand(n, 3)
    named = colours >= 0
    first[named] = (PALETTE[colours[named]] + (torch.rand(int(named.sum()), 3) - .5) * (.1 if jitter else 0)).clamp(0, 1)
    first[kinds == 0] = 1.
    out = first[:, :, None, None].expand(-1, -1, size, size).clone()
    at = (kinds == 2).nonzero()[:, 0]
    if len(at):
        angle = torch.rand(len(at)) * 2 * math.pi
        y, x = torch.meshgrid(torch.linspace(-.7, .7, size), torch.linspace(-.7, .7, size), indexing='ij')
        mix = (x * angle.cos()[:, None, None] + y * angle.sin()[:, None, None] + .5).clamp(0, 1)[:, None]
        out[at] = out[at] * (1 - mix) + second[at][:, :, None, None] * mix
    at = (kinds == 3).nonzero()[:, 0]
    for cells, strength in ((2, .5), (6, .35), (16, .25)):
        if len(at):
            cloud = torch.randn(len(at), 3, cells, cells) * strength * .6 * torch.rand(len(at), 1, 1, 1)
            out[at] += F.interpolate(cloud, size=(size, size), mode='bilinear', align_corners=False)
    return out.clamp(0, 1)


# Columns of a layer: which picture, which layer of it, which drawing, where and how, in which colour.
LAYER = ['picture', 'layer', 'drawing', 'scale', 'x', 'y', 'rotation', 'flip', 'colour', 'everything', 'tint']


def render(bank, layers, kinds, colours, size, jitter=True):
    """
    Composes pictures.

    layers: rows of LAYER; kinds, colours: the backgrounds'. Returns n x 3 x size x size, 0 to 1.
    """
    kinds, colours = torch.tensor(kinds), torch.tensor(colours)
    out = backgrounds(kinds, colours, size, jitter)
    table = torch.tensor(layers, dtype=torch.float32)
    picture, layer, drawing = table[:, 0].long(), table[:, 1].long(), table[:, 2].long()
    scale, x, y, rotation, flip = table[:, 3:8].unbind(1)
    colour, everything, tint = table[:, 8].long(), table[:, 9] > 0, table[:, 10] > 0
    n = len(table)
    pixels = bank.pixels[drawing].float() / 255
    rgb, alpha = pixels[:, :3], pixels[:, 3:4]
    at = (colour >= 0).nonzero()[:, 0]
    if len(at):
        line = torch.from_numpy(bank.line[drawing[at].numpy()])
        rgb[at] = recolour(rgb[at], pixels[at, 4:5], bank.luminance[drawing[at]], line, colour[at], everything[at], jitter)
    if jitter:
        # A colour that no caption speaks of may be any; the others move little.
        free = tint.float()
        angle = (torch.rand(n) - .5) * (.12 + 1.6 * free * (torch.rand(n) < .5))
        saturation = 1 + (torch.rand(n) - .5) * (.3 + .8 * free)
        saturation = torch.where(tint & (torch.rand(n) < .1), torch.zeros(n), saturation)
        rgb = (hue_matrices(angle, saturation) @ rgb.flatten(2)).view_as(rgb).clamp(0, 1)
    premultiplied = torch.cat([rgb * alpha, alpha], 1)

    stretch = 1 + (torch.rand(n) - .5) * (.24 if jitter else 0)
    wide, high, mirror = scale * stretch, scale / stretch, 1 - 2 * flip
    cos, sin = rotation.cos(), rotation.sin()
    shear = (torch.rand(n) - .5) * (.3 if jitter else 0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos / wide * mirror, (sin / wide + shear) * mirror
    theta[:, 1, 0], theta[:, 1, 1] = -sin / high, cos / high
    theta[:, 0, 2] = -(theta[:, 0, 0] * x + theta[:, 0, 1] * y)
    theta[:, 1, 2] = -(theta[:, 1, 0] * x + theta[:, 1, 1] * y)
    grid = F.affine_grid(theta, (n, 4, size, size), align_corners=False)
    if jitter:
        bend = torch.randn(n, 2, 4, 4) * .07 * (torch.rand(n, 1, 1, 1) < .6)
        grid = grid + F.interpolate(bend, size=(size, size), mode='bicubic', align_corners=False).permute(0, 2, 3, 1)
    placed = torch.empty(n, 4, size, size)
    # Shrinking by more than two aliases under bilinear sampling: smaller drawings are sampled from a halved copy.
    shrink = scale * size / SIZE
    for halvings, where in ((0, shrink >= .75), (1, (shrink < .75) & (shrink >= .37)), (2, shrink < .37)):
        at = where.nonzero()[:, 0]
        if len(at):
            source = premultiplied[at] if halvings == 0 else F.avg_pool2d(premultiplied[at], 2 ** halvings)
            placed[at] = F.grid_sample(source, grid[at], mode='bilinear', padding_mode='zeros', align_corners=False)
    for level in range(int(layer.max()) + 1):
        at = (layer == level).nonzero()[:, 0]
        onto = picture[at]
        out[onto] = out[onto] * (1 - placed[at, 3:4]) + placed[at, :3]
    return spoil(out) if jitter else out


def spoil(pictures):
    """Blur, a box in front, contrast, brightness and noise, each on some of them."""
    n, _, size, _ = pictures.shape
    at = (torch.rand(n) < .15).nonzero()[:, 0]
    if len(at):
        pictures[at] = F.avg_pool2d(F.pad(pictures[at], (1, 1, 1, 1), mode='replicate'), 3, 1)
    for one in (torch.rand(n) < .1).nonzero()[:, 0].tolist():
        w, h = (torch.rand(2) * size * .25 + size * .08).int().tolist()
        left, top = (torch.rand(2) * size * .85).int().tolist()
        pictures[one, :, top:top + h, left:left + w] = torch.rand(3, 1, 1)
    contrast = 1 + (torch.rand(n, 1, 1, 1) - .5) * .4
    brightness = (torch.rand(n, 1, 1, 1) - .5) * .16
    mean = pictures.mean((1, 2, 3), keepdim=True)
    pictures = (pictures - mean) * contrast + mean + brightness
    at = (torch.rand(n) < .2).nonzero()[:, 0]
    if len(at):
        pictures[at] += torch.randn(len(at), 3, size, size) * (torch.rand(len(at), 1, 1, 1) * .06)
    return pictures.clamp(0, 1)


def may_flip(concept):
    """Whether its mirror image is still a picture of it: no writing, no left and right."""
    c = CONCEPTS[concept]
    if any(word in c['name'] for word in ('left', 'right', 'arrow', 'button', 'letter')):
        return False
    fixed = ('time', 'book-paper', 'office', 'mail', 'place-map', 'music', 'phone', 'computer')
    return c['group'] in ('animals-nature', 'food-drink', 'activities') or (
        c['group'] in ('travel-places', 'objects') and c['subgroup'] not in fixed)
