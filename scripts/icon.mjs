/** Draws icon.png: an old disc, a new disc, an arrow from one to the other, a tick of proof. `node scripts/icon.mjs` writes it. */
import { writeFileSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'

const SIZE = 128
const FINE = 4
const INK = { ground: [24, 44, 72], old: [122, 138, 160], fresh: [64, 196, 160], arrow: [250, 250, 250] }

const disc = (cx, cy, r) => (x, y) => (x - cx) ** 2 + (y - cy) ** 2 <= r * r
const box = (x0, y0, x1, y1, r) => (x, y) => Math.hypot(Math.max(x0 + r - x, 0, x - (x1 - r)), Math.max(y0 + r - y, 0, y - (y1 - r))) <= r
const line = (x0, y0, x1, y1, width) => (x, y) => {
  const along = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)))
  return Math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) <= width / 2
}

/** From back to front. */
const SHAPES = [
  [box(4, 4, 124, 124, 22), INK.ground],
  [disc(38, 78, 24), INK.old],
  [disc(88, 58, 28), INK.fresh],
  [line(20, 34, 60, 22, 7), INK.arrow],
  [line(60, 22, 46, 15, 7), INK.arrow],
  [line(60, 22, 52, 36, 7), INK.arrow],
  [line(75, 58, 85, 69, 8), INK.arrow],
  [line(85, 69, 102, 46, 8), INK.arrow],
]

function pixel(px, py) {
  const sum = [0, 0, 0, 0]
  for (let i = 0; i < FINE * FINE; i++) {
    const [x, y] = [px + ((i % FINE) + 0.5) / FINE, py + (Math.floor(i / FINE) + 0.5) / FINE]
    const ink = SHAPES.filter(([inside]) => inside(x, y)).pop()?.[1]
    if (ink) [...ink, 255].forEach((value, c) => (sum[c] += value))
  }
  const covered = sum[3] / 255 || 1
  return [...sum.slice(0, 3).map((value) => Math.round(value / covered)), Math.round(sum[3] / FINE ** 2)]
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const header = Buffer.alloc(13)
header.writeUInt32BE(SIZE, 0)
header.writeUInt32BE(SIZE, 4)
header.set([8, 6, 0, 0, 0], 8)
const rows = Array.from({ length: SIZE }, (_, y) => Buffer.from([0, ...Array.from({ length: SIZE }, (_, x) => pixel(x, y)).flat()]))
const png = Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })), chunk('IEND', Buffer.alloc(0))])
writeFileSync(new URL('../icon.png', import.meta.url), png)
