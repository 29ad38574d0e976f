package main

import (
	"time"

	"golang.org/x/sys/windows"
)

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var made, ended, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &made, &ended, &kernel, &user); err != nil {
		panic("GetProcessTimes: " + err.Error()) // it fails for wrong arguments alone
	}
	return ticks(kernel) + ticks(user)
}

// ticks is a span of time, which counts in units of 100 ns; a Filetime's own
// Nanoseconds are since 1970.
func ticks(f windows.Filetime) time.Duration {
	return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
}
