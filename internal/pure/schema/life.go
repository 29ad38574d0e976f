package schema

import "time"

// Life is how alive a value is.
type Life string

// The lives of a value.
const (
	Fresh   Life = "fresh"
	Due     Life = "due"     // its half-life is over: somebody should confirm it
	Overdue Life = "overdue" // twice its half-life is over
)

// HalfLifeDays is after how many days half of such values are no longer right;
// 0 or less where time alone does not wear them out.
func (f *Field) HalfLifeDays() int {
	if f.HalfLife != 0 {
		return f.HalfLife
	}
	return f.Type.DefaultHalfLife()
}

// LifeOf is how alive a value of the field is that was last said or confirmed
// at a moment: fresh until its half-life is over, overdue at twice that.
func (f *Field) LifeOf(said, now time.Time) Life {
	days := f.HalfLifeDays()
	switch age := now.Sub(said); {
	case days <= 0 || age < time.Duration(days)*24*time.Hour:
		return Fresh
	case age < 2*time.Duration(days)*24*time.Hour:
		return Due
	}
	return Overdue
}
