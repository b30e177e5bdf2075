/** When the workers of a phase are crashed, and when it is over. All times in ms. */
export class Schedule {
  #end
  #every
  #crashesLeft
  #nextCrash

  constructor(length, every) {
    const begin = performance.now()
    this.#end = begin + length
    this.#every = every
    // None shortly before the end: those who have not read yet are to get their answers.
    this.#crashesLeft = Math.max(0, Math.ceil(length / every - 0.5) - 1)
    this.#nextCrash = begin + every
  }

  isCrashDue(now) {
    return this.#crashesLeft > 0 && now >= this.#nextCrash
  }

  /** One has been: those that are late keep their distance, from the end too. */
  crashed(now) {
    this.#crashesLeft--
    this.#nextCrash = Math.max(this.#nextCrash + this.#every, now + this.#every / 2)
    this.#end = Math.max(this.#end, now + this.#every / 2)
  }

  /** No crash that was planned is left out. */
  isOver(now) {
    return now >= this.#end && this.#crashesLeft === 0
  }
}
