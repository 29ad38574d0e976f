package asset

//go:generate go run ./build
