package main

func people(data string) ([]int, error) { return nil, nil }
