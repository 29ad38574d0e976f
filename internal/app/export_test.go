package app

// Paced is what ends connections that hold still.
var Paced = paced

// Stop is what ends a server.
var Stop = stop
