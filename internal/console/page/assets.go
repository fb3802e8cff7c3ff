package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static/*
var static embed.FS

//go:embed templates/*.html
var templates embed.FS

// assetRoot is where the files of pages are.
const assetRoot = "/assets/"

// smallest is what is not worth compressing, in bytes: one packet.
const smallest = 1400

// asset is a file of pages.
type asset struct {
	plain, packed []byte
	kind          string // for Content-Type
	stamp         string // changes with the file
}

// assets are the files of pages, by name.
type assets map[string]asset

// readAssets reads and compresses what is in the binary.
func readAssets() (assets, error) {
	names, err := fs.Glob(static, "static/*")
	if err != nil {
		return nil, fmt.Errorf("read the console's files: %w", err)
	}
	all := make(assets)
	for _, name := range names {
		text, err := static.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the console's files: %w", err)
		}
		sum := sha256.Sum256(text)
		all[path.Base(name)] = asset{text, packed(text), mime.TypeByExtension(path.Ext(name)), hex.EncodeToString(sum[:6])}
	}
	return all, nil
}

// Templates returns the files of a package's folder of templates.
func Templates(of embed.FS) fs.FS {
	files, err := fs.Sub(of, "templates")
	if err != nil {
		panic(err) // cannot happen: the name is valid
	}
	return files
}

// link returns the address of a file, which is another one when the file has changed.
func (a assets) link(name string) (string, error) {
	file, ok := a[name]
	if !ok {
		return "", fmt.Errorf("there is no file %s among those of the console", name)
	}
	return assetRoot + name + "?v=" + file.stamp, nil
}

// serve answers with a file. Browsers keep it for as long as its address is asked for.
func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	file, ok := a[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == file.stamp {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	text := file.plain
	if accepts(r) {
		h.Set("Content-Encoding", "gzip")
		text = file.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the browser may have gone
}

// sendText answers with a text, compressed where that pays.
func sendText(w http.ResponseWriter, r *http.Request, status int, text []byte) {
	w.Header().Set("Vary", "Accept-Encoding")
	if len(text) > smallest && accepts(r) {
		w.Header().Set("Content-Encoding", "gzip")
		text = packed(text)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the browser may have gone
}

// accepts reports whether a browser reads gzip.
func accepts(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if name, weight, _ := strings.Cut(strings.TrimSpace(part), ";"); name == "gzip" {
			return !strings.HasPrefix(strings.ReplaceAll(weight, " ", ""), "q=0")
		}
	}
	return false
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
