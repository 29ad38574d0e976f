package sqldb

// MaxPrepared is how many statements a connection keeps prepared.
const MaxPrepared = maxPrepared

// Prepared is how many statements the connections of an SQLite database hold,
// each at most, while nobody uses them.
func Prepared(db *DB) (most int) {
	for _, s := range db.engine.(*sqliteEngine).all {
		most = max(most, s.used.Len(), len(s.stmts))
	}
	return most
}
