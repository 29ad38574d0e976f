//go:build unix

package app

import (
	"os"
	"syscall"
)

// lock locks a file until it is closed, or fails at once.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// probe locks a file beside others who do no more than this, or fails at once
// where [lock] holds it.
func probe(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) }
