package expense

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// staff is how many people besides the administrator write reports.
const staff = 16

// home is where somebody lives and in what money they claim.
type home struct{ country, subdivision, currency string }

var (
	homes = []home{
		{"US", "US-CO", "USD"},
		{"US", "US-WA", "USD"},
		{"US", "US-NY", "USD"},
		{"GB", "GB-LND", "GBP"},
		{"DE", "DE-BY", "EUR"},
		{"FR", "", "EUR"},
		{"ES", "ES-MD", "EUR"},
		{"CA", "CA-ON", "CAD"},
		{"JP", "JP-13", "JPY"},
	}
	givenNames = []string{
		"Ana", "Max", "Yuki", "Omar", "Lena", "Tom", "Priya", "Jonas", "Chloe", "Mateo", "Ingrid",
		"Samir", "Grace", "Luca", "Hana", "Peter", "Noor", "Diego", "Elif", "Sven", "Mary", "Kofi", "Zoe",
	}
	familyNames = []string{
		"Ruiz", "Hart", "Tanaka", "Haddad", "Vogel", "Baker", "Nair", "Berg", "Martin", "Silva", "Lund", "Aziz",
		"Hopper", "Rossi", "Sato", "Novak", "Khan", "Torres", "Demir", "Olsen", "Walsh", "Mensah", "O'Neill",
	}
	purposes = []string{
		"Client visit", "Conference", "Sales kick-off", "Training", "Site inspection", "Trade fair",
		"Team offsite", "Installation", "Partner workshop", "Interview trip",
	}
	cities = []string{
		"Denver", "Seattle", "New York", "London", "Munich", "Lyon", "Madrid", "Toronto", "Osaka", "Zürich",
		"Austin", "Dublin", "Leeds & Bradford", "São Paulo", "Singapore",
	}
	costCentres = []string{
		"Sales West", "Sales East", "Field Service", "Research & Development", "Marketing", "Finance",
		"Human Resources", "Customer Success", "Logistics",
	}
	ownerComments = []string{
		"Receipts follow by post", "Hotel was booked by the client", "Taxi because the train was cancelled",
		"Includes dinner with \"Paper & Co\"", "Corrected the mileage",
	}
	sendBackComments = []string{
		"Please attach the hotel receipt", "Wrong cost centre", "Split the dinner by attendee", "Personal items must be marked",
	}
)

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func costCentre(rng *rand.Rand) *CustomField {
	name := pick(rng, costCentres)
	code := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, name) + strconv.Itoa(10+rng.IntN(90))
	return &CustomField{Type: "List", Value: name, Code: code, ListItem: Key(rng)}
}

func project(rng *rand.Rand) *CustomField {
	return &CustomField{Type: "Text", Value: fmt.Sprintf("PRJ-%04d", rng.IntN(10000))}
}

// reportID is the first 20 digits of a GUID, as Concur's are.
func reportID(rng *rand.Rand) string {
	return fmt.Sprintf("%016X%04X", rng.Uint64(), rng.Uint32()&0xffff)
}

// Key looks like the keys that Concur encrypts before it shows them.
func Key(rng *rand.Rand) string {
	var b [24]byte
	for i := 0; i < len(b); i += 8 {
		binary.BigEndian.PutUint64(b[i:], rng.Uint64())
	}
	return Protect(b[:])
}

// Protect spells bytes in Concur's alphabet: base64 behind a prefix, with $p
// and $s where an address could not hold + and /.
func Protect(b []byte) string {
	return "gW" + strings.NewReplacer("+", "$p", "/", "$s").Replace(base64.RawStdEncoding.EncodeToString(b))
}

// Unprotect undoes Protect. It returns an error if key does not come from there.
func Unprotect(key string) ([]byte, error) {
	text, found := strings.CutPrefix(key, "gW")
	if !found {
		return nil, fmt.Errorf("key %q does not start with gW", key)
	}
	return base64.RawStdEncoding.DecodeString(strings.NewReplacer("$p", "+", "$s", "/").Replace(text))
}

// NameUUID returns the UUID that stands for a name.
func NameUUID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return UUID(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))
}

// UUID spells 128 bits as a random UUID, whose six fixed bits it sets.
func UUID(high, low uint64) string {
	high = high&^0xf000 | 0x4000 // version 4
	low = low&^(3<<62) | 1<<63   // variant 1
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&(1<<48-1))
}
