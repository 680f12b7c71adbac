/** Percent-decoding as Python's WSGI servers do it: `%zz` stays as it is, then the bytes are read as UTF-8. */

/** The bytes of a percent-encoded text; what is no valid escape is kept literally. */
export function percentDecode(text: string): Buffer {
  const raw = Buffer.from(text, 'latin1')
  if (!text.includes('%')) return raw
  const out = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let i = 0; i < raw.length; i++) {
    const escape = raw[i] === 37 ? /^[0-9a-f]{2}/i.exec(raw.toString('latin1', i + 1, i + 3)) : null
    out[length++] = escape ? parseInt(escape[0], 16) : (raw[i] ?? 0)
    if (escape) i += 2
  }
  return out.subarray(0, length)
}

/** The text of UTF-8 bytes, a byte order mark included; undefined when they are none. */
export function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
