/** Into how many parts the idle timeout is cut: a silent connection is closed at most one part late. */
export const idleParts = 4

/** What closing takes when all is answered (ms), threads included. */
export const closing = 100

/** How long a server that stops may answer, so that it has ended within `drain` ms. */
export function answeringTime(drain: number): number {
  return Math.max(drain - closing, drain / 2)
}
