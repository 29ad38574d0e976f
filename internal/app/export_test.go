package app

// Paced is what ends connections that hold still.
var Paced = paced
