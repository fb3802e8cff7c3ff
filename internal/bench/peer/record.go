package peer

import (
	"bytes"
	"strconv"
	"strings"
)

// idPrefix begins the id of every object.
const idPrefix = "RPT"

// ObjectID returns the id of the object with a number.
func ObjectID(number int) string { return string(appendID(nil, number)) }

// appendID appends an id of at least nine digits.
func appendID(b []byte, number int) []byte {
	b = append(b, idPrefix...)
	for most := 100_000_000; most > number && most > 1; most /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(number), 10)
}

// Number returns the number of an object, and false if the id is none of ours.
func Number(objectID string) (int, bool) {
	digits, ok := strings.CutPrefix(objectID, idPrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), err == nil
}

// recordHead and recordTail are the members of an expense report that tell how
// records of a vendor look: texts, numbers, truths and nulls.
const (
	recordHead = `{"ID":"`
	recordTail = `","Name":"Customer visit","Total":1284.35,"CurrencyCode":"EUR","Country":"DE","CountrySubdivision":null,` +
		`"SubmitDate":null,"PaidDate":null,"ReceiptsReceived":false,"OwnerLoginID":"ada@company.example","OwnerName":"Lovelace, Ada",` +
		`"ApprovalStatusName":"Not Submitted","ApprovalStatusCode":"A_NOTF","PaymentStatusCode":"P_NOTP",` +
		`"PersonalAmount":0,"AmountDueEmployee":1284.35,"HasException":false,"Purpose":"`
)

// AppendRecord appends the record of an object, as long as size if that leaves
// room for its members.
func AppendRecord(b []byte, number int, date string, size int) []byte {
	start := len(b)
	b = append(b, recordHead...)
	b = appendID(b, number)
	b = append(b, `","CreateDate":"`...)
	b = append(b, date...)
	b = append(b, `","LastModifiedDate":"`...)
	b = append(b, date...)
	b = append(b, recordTail...)
	if room := size - (len(b) - start) - len(`"}`); room > 0 {
		b = append(b, bytes.Repeat([]byte{'x'}, room)...)
	}
	return append(b, `"}`...)
}
