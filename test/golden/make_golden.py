#!/usr/bin/env python3
"""Draws the pictures of test/golden/pictures and writes what Pillow makes of them to test/golden/pixels.

The reference is what CLIP's own processor does (openai/CLIP, transformers' CLIPImageProcessor): Pillow's
convert('RGB'), bicubic resize of the shorter side, centre crop; here with EXIF orientation applied first. The pixels
are stored as bytes, before rescaling and normalising, which are the same arithmetic everywhere.

Needs Pillow and NumPy only (Debian: python3-pil python3-numpy). Run it in this folder:  python3 make_golden.py
Everything is drawn from fixed seeds; other versions of the libraries may change the files by a little.
"""

import io
import json
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = os.path.join(HERE, "pictures")
PIXELS = os.path.join(HERE, "pixels")

# `photo` marks pictures with the statistics of photographs: the bound of 0.6 grey levels is for them.
manifest = []


def texture(width, height, seed, slope=1.25):
    """Noise whose amplitude falls with frequency as in photographs (1/f), in three channels that go together."""
    rng = np.random.default_rng(seed)
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.rfftfreq(width)[None, :]
    fall = 1 / np.maximum(np.hypot(fx, fy), 1 / max(width, height)) ** slope

    def layer():
        spectrum = np.fft.rfft2(rng.normal(size=(height, width))) * fall
        field = np.fft.irfft2(spectrum, s=(height, width))
        return (field - field.mean()) / field.std()

    light = layer()
    return np.stack([light + 0.45 * layer() for _ in range(3)], axis=-1)


def photograph(width, height, seed):
    """Texture, shapes with hard and soft edges, a gradient of light and a little sensor noise."""
    rng = np.random.default_rng(seed + 1000)
    picture = 128 + 42 * texture(width, height, seed)
    yy, xx = np.mgrid[0:height, 0:width]
    for _ in range(9):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        rx, ry = rng.uniform(0.05, 0.25, 2) * min(width, height)
        softness = rng.choice([0.02, 0.2])
        inside = 1 / (1 + np.exp(np.clip((np.hypot((xx - cx) / rx, (yy - cy) / ry) - 1) / softness, -50, 50)))
        colour = rng.uniform(0, 255, 3)
        picture = picture * (1 - 0.8 * inside[..., None]) + 0.8 * inside[..., None] * colour
    picture += (yy / height * 50 - 25)[..., None] + rng.normal(0, 2, picture.shape)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def chart(width, height):
    """Flat colours, thin lines and letters: the hardest edges there are."""
    image = Image.new("RGB", (width, height), (250, 248, 240))
    draw = ImageDraw.Draw(image)
    for i in range(12):
        x = width * i // 12
        draw.rectangle([x, 0, x + width // 24, height // 4], fill=(i * 21, 255 - i * 21, (i * 67) % 256))
    for i in range(0, height // 2, 5):
        draw.line([(0, height // 3 + i), (width, height // 3 + i * 2)], fill=(20, 20, 60))
    font = ImageFont.load_default()
    for i in range(height // 40):
        draw.text((6, height // 2 + i * 18), "The quick brown fox jumps over the lazy dog " * 2, fill=(180, 10, 10), font=font)
    return image


def reference(image, size, filter_):
    """What CLIP's processor does to an opened picture, up to the bytes."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # Pillow clips 16 bits of grey at 255 when it converts; what is meant is this.
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    image = image.convert("RGB")
    width, height = image.size
    if width <= height:
        target = (size, int(size * height / width))
    else:
        target = (int(size * width / height), size)
    image = image.resize(target, filter_)
    left, top = (target[0] - size) // 2, (target[1] - size) // 2
    return image.crop((left, top, left + size, top + size))


def add(name, data, photo=False, size=224, filter_=Image.BICUBIC):
    with open(os.path.join(PICTURES, name), "wb") as file:
        file.write(data)
    # Opened without any profile: a reference that is stored as PNG must not carry one along.
    golden = reference(Image.open(io.BytesIO(data)), size, filter_)
    pixels = f"{name}.{size}.webp"
    golden.save(os.path.join(PIXELS, pixels), lossless=True, quality=100, method=6, exact=True)
    resample = {Image.BICUBIC: 3, Image.LANCZOS: 1, Image.BILINEAR: 2}[filter_]
    manifest.append({"picture": name, "pixels": pixels, "size": size, "resample": resample, "photo": photo})


def saved(image, format_, **options):
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def png16(array):
    """Pillow writes no 16-bit RGB, so the chunks are put together here."""
    height, width, channels = array.shape
    rows = b"".join(b"\0" + array[y].astype(">u2").tobytes() for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def swapped_profile():
    """An sRGB profile with red and green exchanged: whoever applies it is caught."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for i in range(struct.unpack(">I", profile[128:132])[0]):
        tag, offset, length = struct.unpack(">4sII", profile[132 + 12 * i : 144 + 12 * i])
        places[tag] = (offset, length)
    (red, length), (green, _) = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + length], profile[green : green + length] = (
        profile[green : green + length],
        profile[red : red + length],
    )
    return bytes(profile)


def draw_all():
    add("landscape.jpg", saved(photograph(500, 375, 1), "JPEG", quality=85), photo=True)
    add("portrait-odd.jpg", saved(photograph(333, 501, 2), "JPEG", quality=85), photo=True)
    add("large.jpg", saved(photograph(1500, 1001, 3), "JPEG", quality=60), photo=True)
    add("huge.jpg", saved(photograph(2600, 1950, 4).resize((2600, 1950)), "JPEG", quality=35, progressive=True), photo=True)
    add("large.webp", saved(photograph(1300, 975, 5), "WEBP", quality=45), photo=True)
    add("panorama.png", saved(photograph(700, 90, 6).quantize(48), "PNG", optimize=True))
    add("small.jpg", saved(photograph(97, 60, 7), "JPEG", quality=90), photo=True)
    add("chart.png", saved(chart(420, 300), "PNG", optimize=True))

    upright = photograph(150, 101, 8)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # EXIF orientation: the Image.transpose that leads there
    for orientation in range(1, 9):
        lying = upright if orientation == 1 else upright.transpose(undo[orientation])
        exif = Image.Exif()
        exif[274] = orientation
        add(f"orientation-{orientation}.jpg", saved(lying, "JPEG", quality=92, exif=exif), photo=True, size=64)

    special = photograph(200, 150, 9)
    add("cmyk.jpg", saved(special.convert("CMYK"), "JPEG", quality=90), size=64)
    add("grey.jpg", saved(special.convert("L"), "JPEG", quality=90), photo=True, size=64)
    add("profile.jpg", saved(special, "JPEG", quality=90, icc_profile=swapped_profile()), photo=True, size=64)
    deep = np.asarray(photograph(120, 90, 10)).astype(np.uint16) * 257
    add("rgb16.png", png16(deep), size=64)
    add("grey16.png", png16(deep[..., :1]), size=64)
    add("palette.png", saved(special.quantize(32), "PNG", optimize=True), size=64)
    blobs = Image.fromarray((texture(200, 150, 14, slope=2.5)[..., 0] > 0).astype(np.uint8) * 255)
    add("bilevel.png", saved(blobs.convert("1"), "PNG", optimize=True), size=64)
    add("animated.gif", saved(special.quantize(64), "GIF", save_all=True, append_images=[chart(200, 150)]), size=64)

    # Bright colour under transparent pixels: dropped alpha keeps it, weighing by alpha loses it.
    ramp = np.tile(np.linspace(0, 255, 160, dtype=np.uint8), (120, 1))
    hidden = photograph(160, 120, 11)
    alpha = hidden.copy()
    alpha.putalpha(Image.fromarray(ramp))
    add("alpha.png", saved(alpha, "PNG", optimize=True), size=64)
    add("alpha.webp", saved(alpha, "WEBP", lossless=True, exact=True, method=6), size=64)
    grey_alpha = Image.merge("LA", [hidden.convert("L"), Image.fromarray(ramp)])
    add("grey-alpha.png", saved(grey_alpha, "PNG", optimize=True), size=64)
    cut = special.quantize(32)
    add("palette-alpha.png", saved(cut, "PNG", optimize=True, transparency=bytes(range(0, 256, 8))), size=64)

    # As the bundled model wants it.
    add("lanczos.jpg", saved(photograph(512, 384, 12), "JPEG", quality=80), photo=True, size=64, filter_=Image.LANCZOS)
    add("bilinear.jpg", saved(photograph(300, 200, 13), "JPEG", quality=80), photo=True, size=64, filter_=Image.BILINEAR)


if __name__ == "__main__":
    for folder in (PICTURES, PIXELS):
        os.makedirs(folder, exist_ok=True)
        for name in os.listdir(folder):
            os.remove(os.path.join(folder, name))
    draw_all()
    with open(os.path.join(HERE, "pixels.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2)
        file.write("\n")
    for folder in (PICTURES, PIXELS):
        sizes = {name: os.path.getsize(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
        print(os.path.basename(folder), f"{sum(sizes.values()) / 1e3:.0f} kB", sizes)
