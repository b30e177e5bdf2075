// Bytes as read(2) gives them of an inotify descriptor, or nearly so; and what must come of parsing them.
import assert from 'node:assert/strict'
import { endianness } from 'node:os'
import * as arg from './arguments.mjs'
import { junk } from './junk.mjs'

const headSize = 16
const little = endianness() === 'LE'

/** One event: any words, and a name of any bytes, NUL bytes among them. Now and then its length is a lie. */
function event(random) {
  const nameSize = random.pick([0, 0, 1, 4, 16, 33])
  const bytes = new Uint8Array(headSize + nameSize)
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = random.chance(0.2) ? 0 : random.integer(0, 255)
  }
  const said = random.chance(0.05) ? random.integer(0, 2 ** 32 - 1) : nameSize
  new DataView(bytes.buffer).setUint32(12, said, little)
  return bytes
}

function events(random) {
  const some = Array.from({ length: random.integer(0, 4) }, () => event(random))
  // Somewhere in a larger buffer, at any alignment.
  const before = random.integer(0, 7)
  return new Uint8Array(Buffer.concat([new Uint8Array(before), ...some])).subarray(before)
}

/** The arguments of `parseInotifyEvents`. */
export function inotifyArguments(world) {
  const { random } = world
  if (random.chance(0.1)) return [junk(random), arg.maybe(arg.oneOf(0, 16))(world)]
  const bytes = events(random)
  if (random.chance(0.6)) return [bytes]
  const { length } = bytes
  return [bytes, arg.oneOf(0, headSize, length, length + 1, length - 1, length / 2)(world)]
}

/** Every byte belongs to one event, whose fields are what inotify(7) says that they are. */
export function judgeInotifyEvents(_, parsed, [bytes, length = bytes.length]) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let offset = 0
  for (const { watch, mask, cookie, name, nameBytes } of parsed) {
    assert.deepEqual(
      [watch, mask, cookie],
      [
        view.getInt32(offset, little),
        view.getUint32(offset + 4, little),
        view.getUint32(offset + 8, little),
      ],
    )
    const nameSize = view.getUint32(offset + 12, little)
    offset += headSize
    if (nameSize === 0) {
      assert.deepEqual([name, nameBytes], [undefined, undefined])
    } else {
      const padded = Buffer.from(bytes.subarray(offset, offset + nameSize)).toString('latin1')
      assert.equal(Buffer.from(nameBytes).toString('latin1'), padded.split('\0', 1)[0])
      assert.equal(name, Buffer.from(nameBytes).toString('utf8'))
      assert.notEqual(nameBytes.buffer, bytes.buffer)
    }
    offset += nameSize
  }
  assert.equal(offset, length)
}
