/** PHP's `session.serialize_handler=php`: a name, a bar, a serialized value. */
const PHP = /^[^|\r\n]{1,200}\|(?:[abdisOCErR]:|N;)/
/** `php_serialize`: one array. */
const PHP_SERIALIZE = /^a:\d+:\{/
/** igbinary: its version, in four bytes. */
const IGBINARY = ['\0\0\0\x01', '\0\0\0\x02']
/** Bytes that are enough to tell. */
const HEAD = 512

/** Whether these bytes are what a session looks like, in the formats that there are: a JSON object, PHP's, igbinary. */
export function looksLikeSession(data: Buffer): boolean {
  const head = data.toString('latin1', 0, HEAD)
  return (
    PHP.test(head) || PHP_SERIALIZE.test(head) || IGBINARY.includes(head.slice(0, 4)) || isJsonObject(data)
  )
}

function isJsonObject(data: Buffer): boolean {
  const text = data.toString().trim()
  if (text[0] !== '{') return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
