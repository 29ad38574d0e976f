package tabular

import (
	"errors"
	"io"
	"maps"
	"slices"

	"pollen"
)

// xlsxReader reads one sheet of a workbook (ECMA-376 Part 1, 18.3). Rows come
// from a stream; the file's library, excelize, is not used for reading because
// it takes a damaged part for a short one, and tells no date from a number when
// streaming.
//
// Empty rows are skipped, and so are rows of titles above the header. Of cells
// merged downwards, each row gets the value; of cells merged sideways, only the
// first column. A date is written as ISO 8601, a boolean as true or false, a
// number in full, an error of a formula as its sign, #N/A as nothing.
type xlsxReader struct {
	in      *input
	book    *workbook
	rows    *sheetRows
	size    int64 // bytes of the input, for Offset
	columns []string
	place   []int // place[i] is the sheet's column of columns[i]
	pending []sheetRow

	maxRecord, maxCell int64
}

// headerRows is how many rows are looked at for the header.
const headerRows = 100

func openXLSX(in *input, o Options, d *Detected) (Reader, error) {
	ra, size, err := in.randomAccess()
	if err != nil {
		return nil, err
	}
	book, err := openWorkbook(ra, size, o)
	if err != nil {
		return nil, err
	}
	if o.Size > 0 {
		size = o.Size
	}
	r := &xlsxReader{in: in, book: book, size: size, maxRecord: o.MaxRecord, maxCell: o.MaxCell}
	if err := r.findTable(o, d); err != nil {
		return nil, errors.Join(err, r.closeParts())
	}
	return r, nil
}

// findTable chooses the sheet and finds the header in it.
func (r *xlsxReader) findTable(o Options, d *Detected) error {
	for _, s := range r.book.sheets {
		d.Sheets = append(d.Sheets, s.name)
	}
	candidates := slices.Clone(r.book.sheets)
	if o.Sheet != "" {
		candidates = slices.DeleteFunc(candidates, func(s sheet) bool { return s.name != o.Sheet })
		if len(candidates) == 0 {
			return pollen.Errorf(pollen.NotFound, "tabular.sheet",
				"The workbook has no sheet “{sheet}”.", "sheet", o.Sheet).On("sheet")
		}
	} else {
		slices.SortStableFunc(candidates, func(a, b sheet) int { return vote(a.hidden) - vote(b.hidden) })
	}
	for _, s := range candidates {
		sample, err := r.sample(s)
		if err != nil {
			return err
		}
		if len(sample) > 0 {
			d.Sheet = s.name
			return r.locate(sample, o, d)
		}
	}
	return emptyFile()
}

// sample opens a sheet and reads its first rows.
func (r *xlsxReader) sample(s sheet) ([]sheetRow, error) {
	if r.rows != nil {
		if err := r.rows.Close(); err != nil {
			return nil, err
		}
	}
	var err error
	if r.rows, err = r.book.open(s); err != nil {
		return nil, err
	}
	var rows []sheetRow
	var held int64
	for len(rows) < headerRows && held < r.maxRecord {
		row, err := r.rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		held += row.size
		rows = append(rows, sheetRow{row.number, slices.Clone(row.cells), row.size, row.fault})
	}
	return rows, nil
}

// locate finds the columns and what they are called. Rows count as titles only
// where a header follows them.
func (r *xlsxReader) locate(rows []sheetRow, o Options, d *Detected) error {
	if o.Header != HeaderNo {
		d.Skipped = titleRows(rows)
	}
	place, grid := layout(rows[d.Skipped:])
	if len(place) == 0 {
		return rows[0].fault // rows come with a value or with a fault
	}
	if d.Header = wantHeader(o.Header, grid); !d.Header && d.Skipped > 0 {
		d.Skipped = 0
		place, grid = layout(rows)
	}
	r.place, r.pending = place, rows[d.Skipped:]
	if !d.Header {
		r.columns = uniqueNames(make([]string, len(place)))
		return nil
	}
	r.columns, r.pending = uniqueNames(grid[0]), r.pending[1:]
	return rows[d.Skipped].fault
}

// layout puts rows into a grid of those columns that have a value.
func layout(rows []sheetRow) (place []int, grid [][]string) {
	used := map[int]bool{}
	for _, row := range rows {
		for _, c := range row.cells {
			used[c.column] = true
		}
	}
	place = slices.Sorted(maps.Keys(used))
	grid = make([][]string, len(rows))
	for i, row := range rows {
		grid[i] = make([]string, len(place))
		for _, c := range row.cells {
			at, _ := slices.BinarySearch(place, c.column)
			grid[i][at] = c.text
		}
	}
	return place, grid
}

// maxTitles is how many rows above a header may be titles.
const maxTitles = 10

// titleRows counts the rows above the header: those filled less than half as far
// as the fuller quarter of the rows.
func titleRows(sample []sheetRow) int {
	filled := make([]int, len(sample))
	for i, row := range sample {
		filled[i] = len(row.cells)
	}
	slices.Sort(filled)
	usual := filled[len(filled)*3/4]
	top := slices.IndexFunc(sample, func(row sheetRow) bool { return 2*len(row.cells) >= usual })
	if top > maxTitles {
		return 0
	}
	return top
}

func (r *xlsxReader) Columns() []string { return r.columns }

// Offset is in proportion to how much of the sheet was read.
func (r *xlsxReader) Offset() int64 {
	return int64(r.rows.progress() * float64(r.size))
}

func (r *xlsxReader) Next(rec *Record) error {
	row, err := r.nextRow()
	if err != nil {
		return err
	}
	if row.fault != nil {
		return newProblem(row.number, row.show(), row.fault)
	}
	if row.size > r.maxRecord {
		return newProblem(row.number, row.show(), recordTooLong(r.maxRecord))
	}
	rec.Line, rec.Extra = row.number, nil
	rec.Cells = slices.Grow(rec.Cells[:0], len(r.columns))[:len(r.columns)]
	clear(rec.Cells)
	at := 0
	for _, c := range row.cells {
		for at < len(r.place) && r.place[at] < c.column {
			at++
		}
		if at == len(r.place) || r.place[at] != c.column {
			return newProblem(row.number, row.show(), outsideTable(c.column))
		}
		if int64(len(c.text)) > r.maxCell {
			return newProblem(row.number, row.show(), cellTooLong(r.columns[at], r.maxCell))
		}
		rec.Cells[at].Text = c.text
	}
	return nil
}

func (r *xlsxReader) nextRow() (sheetRow, error) {
	if len(r.pending) == 0 {
		return r.rows.next()
	}
	row := r.pending[0]
	r.pending = r.pending[1:]
	return row, nil
}

func outsideTable(column int) error {
	return pollen.Errorf(pollen.Invalid, "tabular.outside",
		"This row has a value in column {column}, which is outside the table. Give that column a name.",
		"column", columnLetters(column))
}

func (r *xlsxReader) closeParts() error {
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	return errors.Join(err, r.book.Close())
}

func (r *xlsxReader) Close() error { return errors.Join(r.closeParts(), r.in.Close()) }
