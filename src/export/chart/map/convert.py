"""Makes `borders.deflate` of Natural Earth's countries; run once, by hand.

    npm pack world-atlas@2.0.2 && tar xf world-atlas-2.0.2.tgz
    python3 convert.py package/countries-50m.json borders.deflate

Keeps outlines of land and the borders between countries as lines, without any name, in hundredths of a degree,
simplified by Douglas and Peucker to GRAIN. What the bytes mean is in README.md.
"""

import json
import sys
import zlib
from collections import Counter

GRAIN = 1.0  # hundredths of a degree: about a kilometre
SMALLEST = 4  # islands less wide and less high than so many hundredths are left out


def arcs_in(geometry):
    """The rings of a geometry, each a list of arc numbers."""
    if geometry["type"] == "Polygon":
        return geometry["arcs"]
    if geometry["type"] == "MultiPolygon":
        return [ring for polygon in geometry["arcs"] for ring in polygon]
    return []


def decoded(topology):
    """Every arc as points in hundredths of a degree, east and north."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((round(100 * (x * sx + tx)), round(100 * (y * sy + ty))))
        yield points


def simplified(points):
    """Douglas and Peucker's algorithm; both ends stay."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        (ax, ay), (bx, by) = points[first], points[last]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        farthest, at = 0.0, None
        for k in range(first + 1, last):
            x, y = points[k]
            if length > 0:
                off = abs((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length
            else:
                off = ((x - ax) ** 2 + (y - ay) ** 2) ** 0.5
            if off > farthest:
                farthest, at = off, k
        if at is not None and farthest > GRAIN:
            keep.add(at)
            spans += [(first, at), (at, last)]
    return [points[k] for k in sorted(keep)]


def unrolled(points):
    """Without leaps across the antimeridian: what lies beyond goes on past 180 degrees."""
    turned, by = [], 0
    for (x, y), (before, _) in zip(points, [points[0]] + points):
        by += -36000 if x - before > 18000 else 36000 if before - x > 18000 else 0
        turned.append((x + by, y))
    shift = -36000 * ((min(x for x, _ in turned) + 18000) // 36000)
    return [(x + shift, y) for x, y in turned]


def ring_points(ring, arcs):
    """A closed ring; its last point is its first. One around a pole is closed by way of the pole."""
    points = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    points = unrolled(points)
    if points[0] != points[-1]:
        pole = 9000 if points[0][1] > 0 else -9000
        points += [(points[-1][0], pole), (points[0][0], pole), points[0]]
    return points


def varint(number):
    """A signed number, small ones in one byte: zigzag, seven bits at a time, the lowest first."""
    number = 2 * number if number >= 0 else -2 * number - 1
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return out


def encoded(lines):
    out = varint(len(lines))
    for line in lines:
        out += varint(len(line))
        x = y = 0
        for px, py in line:
            out += varint(px - x) + varint(py - y)
            x, y = px, py
    return out


def main(source, target):
    with open(source, encoding="utf-8") as file:
        topology = json.load(file)
    arcs = [simplified(arc) for arc in decoded(topology)]
    uses = Counter()
    for country in topology["objects"]["countries"]["geometries"]:
        uses.update({n if n >= 0 else ~n for ring in arcs_in(country) for n in ring})
    borders = [unrolled(arcs[n]) for n in sorted(uses) if uses[n] > 1]
    rings = [ring_points(r, arcs) for land in topology["objects"]["land"]["geometries"] for r in arcs_in(land)]

    def size(ring):
        return max(max(axis) - min(axis) for axis in zip(*ring))

    # Large ones first: a lake lies on its land, an island in its lake.
    rings = sorted((ring for ring in rings if size(ring) >= SMALLEST and len(ring) > 3), key=size, reverse=True)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = compressor.compress(bytes(encoded(rings) + encoded(borders))) + compressor.flush()
    with open(target, "wb") as file:
        file.write(data)
    print(len(rings), "rings,", len(borders), "borders,", sum(map(len, rings + borders)), "points,", len(data), "bytes")


main(*sys.argv[1:])
