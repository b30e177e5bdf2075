/** Something that is waited for on the reactor, and that tells of what happened, a line per event. */
export interface Source {
  /** Takes it off the reactor's list, then closes what belongs to it. A second call does nothing. */
  close(): void
}

/** Prints one line for one event. */
export type Tell = (line: string) => void
