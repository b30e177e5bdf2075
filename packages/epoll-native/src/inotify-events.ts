import { endianness } from 'node:os'
import { types } from 'node:util'

/** Bits of inotify(7): what to watch for, what happened, and how to watch. */
export const InotifyFlag = {
  ACCESS: 0x1,
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  CLOSE_NOWRITE: 0x10,
  CLOSE: 0x18,
  OPEN: 0x20,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  MOVE: 0xc0,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  ALL_EVENTS: 0xfff,
  /** The file system was unmounted. */
  UNMOUNT: 0x2000,
  /** Events were lost: look at the directory anew. The event's `watch` is -1. */
  Q_OVERFLOW: 0x4000,
  /** The watch is gone: removed, or its file deleted. */
  IGNORED: 0x8000,
  ONLYDIR: 0x1000000,
  DONT_FOLLOW: 0x2000000,
  EXCL_UNLINK: 0x4000000,
  MASK_CREATE: 0x10000000,
  MASK_ADD: 0x20000000,
  /** The subject is a directory. */
  ISDIR: 0x40000000,
  ONESHOT: 0x80000000,
} as const

/** One event of inotify(7). */
export interface InotifyEvent {
  /** The watch that it belongs to, as `add` returned it; -1 for `Q_OVERFLOW`. */
  readonly watch: number
  /** Bits of `InotifyFlag`, unsigned. */
  readonly mask: number
  /** Joins the two halves of a rename; else 0. */
  readonly cookie: number
  /** The file's name in a watched directory, as UTF-8; `undefined` when the event is of the watched file itself. */
  readonly name: string | undefined
  /** The same as bytes, for names that are not UTF-8. */
  readonly nameBytes: Uint8Array | undefined
}

const headSize = 16
const copy = Uint8Array.prototype.slice
const little = endianness() === 'LE'
// Not stripped: a byte order mark is part of a name.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Parses the events that read(2) put into the first `length` bytes of `bytes`. Names are copied.
 *
 * @throws {TypeError} for anything but bytes
 * @throws {RangeError} for a length beyond the array, or bytes that are no whole events
 */
export function parseInotifyEvents(bytes: Uint8Array, length = bytes?.length): InotifyEvent[] {
  // An array of larger elements would be taken for a part of itself.
  if (!types.isUint8Array(bytes)) {
    throw new TypeError('parseInotifyEvents: the events must be a Uint8Array')
  }
  if (!Number.isInteger(length) || length < 0 || length > bytes.length) {
    throw new RangeError(
      `parseInotifyEvents: the length must be an integer from 0 to ${bytes.length}`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const events: InotifyEvent[] = []
  for (let offset = 0; offset < length; ) {
    const nameSize = offset + headSize <= length ? view.getUint32(offset + 12, little) : length
    const end = offset + headSize + nameSize
    if (end > length) throw new RangeError('parseInotifyEvents: the last event is cut short')
    // Not the array's own slice: a Buffer's would be a view, and the next read into it another name.
    events.push(parseEvent(view, offset, copy.call(bytes, offset + headSize, end)))
    offset = end
  }
  return events
}

function parseEvent(view: DataView, offset: number, padded: Uint8Array): InotifyEvent {
  // The kernel pads names with NUL bytes up to the alignment of the next event.
  const end = padded.indexOf(0)
  const nameBytes = padded.length === 0 ? undefined : padded.subarray(0, end < 0 ? undefined : end)
  return {
    watch: view.getInt32(offset, little),
    mask: view.getUint32(offset + 4, little),
    cookie: view.getUint32(offset + 8, little),
    name: nameBytes === undefined ? undefined : decoder.decode(nameBytes),
    nameBytes,
  }
}
