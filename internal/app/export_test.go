package app

// Paced is what ends connections that hold still.
var Paced = paced

// Stop is what ends a server.
var Stop = stop

// Fill is what a restore does before it opens what it restored.
var Fill = fill
