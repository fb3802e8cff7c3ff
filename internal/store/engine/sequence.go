package engine

import "context"

// Advance raises the named sequence by n and returns its new height: the last of n
// numbers nobody else gets.
func (s *Session) Advance(ctx context.Context, name string, n int) (int64, error) {
	return One(s.Query(ctx, `
		INSERT INTO sequence (name, high)
		VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET high = sequence.high + $2
		RETURNING high`, name, int64(n)), Number)
}

// NextID returns the next number of the named sequence. Within a transaction that is
// undone the number is undone too, so ids grow by one.
func (s *Session) NextID(ctx context.Context, name string) (int64, error) {
	return s.Advance(ctx, name, 1)
}
