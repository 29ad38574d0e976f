package app

// collectorFloor is never touched, so that it takes no memory; the garbage
// collector counts it as in use. A heap of a few megabytes may thus grow by
// tens before it is collected, not by a few: otherwise an instance that serves
// pages is collected at every eightieth, for a fifth of the processor time. A
// large heap grows no further for it, as it would by a greater GOGC.
var collectorFloor = make([]byte, 32<<20)
