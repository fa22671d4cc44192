/** A reason why setup cannot go on, told in one sentence; no stack is shown for it. */
export class SetupFailure extends Error {}
