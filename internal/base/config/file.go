package config

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"pollen"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// Read reads a configuration file: lines of "name = value" by the names of the
// flags, without their hyphens in front. Lines that start with # are remarks;
// a value may stand in double quotes. It fails with Invalid and tells the line.
func Read(r io.Reader) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(r, maxFile))
	lines.Buffer(nil, maxFile)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || strings.ContainsAny(name, " \t\"") {
			return nil, pollen.Errorf(pollen.Invalid, "config.line", "Line {line} of the configuration is not of the form: name = value.", "line", strconv.Itoa(n))
		}
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		if _, twice := values[name]; twice {
			return nil, pollen.Errorf(pollen.Invalid, "config.twice", "Line {line} of the configuration says {name} a second time.", "line", strconv.Itoa(n), "name", name)
		}
		values[name] = value
	}
	if err := lines.Err(); err != nil {
		return nil, pollen.Errorf(pollen.Invalid, "config.unread", "The configuration cannot be read: {reason}.", "reason", err.Error())
	}
	return values, nil
}
