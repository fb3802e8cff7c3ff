package main

//go:generate go run . options --output ../../docs/options.md
