#include "packing.h"

#include <limits.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Of a dictionary: xz -9 needs 65 MiB, zstd --ultra -22 takes 128 MiB (ZSTD's own limit). */
#define XZ_MEMORY_MAX ((uint64_t)128 << 20)
#define GZIP_WINDOW   (15 + 16) /* zlib's word for gzip, and nothing else */

static unsigned limited(size_t length)
{
    return length < UINT_MAX ? (unsigned)length : UINT_MAX;
}

/* ---- gzip */

static void *gzip_begin(void)
{
    z_stream *stream = calloc(1, sizeof(*stream));
    if (stream && inflateInit2(stream, GZIP_WINDOW) == Z_OK)
        return stream;
    free(stream);
    return NULL;
}

static const char *gzip_words(const z_stream *stream)
{
    const char *words = stream->msg ? stream->msg : "damaged";
    return strstr(words, "check") ? "found another checksum or length than its own" : words;
}

static enum packing_result gzip_step(
    void *state, struct packing_bytes *bytes, const char **ret_words)
{
    z_stream *stream = state;
    stream->next_in = (unsigned char *)bytes->in; /* zlib does not write there */
    stream->avail_in = limited(bytes->in_left);
    stream->next_out = bytes->out;
    stream->avail_out = limited(bytes->out_left);
    int code = inflate(stream, Z_NO_FLUSH);
    bytes->in_left -= (size_t)(stream->next_in - bytes->in);
    bytes->in = stream->next_in;
    bytes->out_left -= (size_t)(stream->next_out - bytes->out);
    bytes->out = stream->next_out;
    if (code == Z_OK || code == Z_BUF_ERROR)
        return PACKING_MORE;
    *ret_words = code == Z_MEM_ERROR ? "no memory" : gzip_words(stream);
    return code == Z_STREAM_END ? PACKING_ENDED : PACKING_BAD;
}

static void gzip_end(void *stream)
{
    inflateEnd(stream);
    free(stream);
}

/* ---- xz */

static void *xz_begin(void)
{
    static const lzma_stream empty = LZMA_STREAM_INIT;
    lzma_stream *stream = malloc(sizeof(*stream));
    if (!stream)
        return NULL;
    *stream = empty;
    if (lzma_stream_decoder(stream, XZ_MEMORY_MAX, 0) == LZMA_OK)
        return stream;
    free(stream);
    return NULL;
}

static const char *xz_words(lzma_ret code)
{
    switch (code) {
    case LZMA_MEM_ERROR:
        return "no memory";
    case LZMA_MEMLIMIT_ERROR:
        return "it needs more than 128 MiB of memory";
    case LZMA_OPTIONS_ERROR:
        return "found options that this program does not know";
    default:
        return "damaged";
    }
}

static enum packing_result xz_step(void *state, struct packing_bytes *bytes, const char **ret_words)
{
    lzma_stream *stream = state;
    stream->next_in = bytes->in;
    stream->avail_in = bytes->in_left;
    stream->next_out = bytes->out;
    stream->avail_out = bytes->out_left;
    lzma_ret code = lzma_code(stream, LZMA_RUN);
    bytes->in = stream->next_in;
    bytes->in_left = stream->avail_in;
    bytes->out = stream->next_out;
    bytes->out_left = stream->avail_out;
    if (code == LZMA_OK || code == LZMA_BUF_ERROR)
        return PACKING_MORE;
    *ret_words = xz_words(code);
    return code == LZMA_STREAM_END ? PACKING_ENDED : PACKING_BAD;
}

static void xz_end(void *stream)
{
    lzma_end(stream);
    free(stream);
}

/* ---- zstd */

static void *zstd_begin(void)
{
    return ZSTD_createDCtx();
}

static enum packing_result zstd_step(
    void *stream, struct packing_bytes *bytes, const char **ret_words)
{
    ZSTD_inBuffer in = {.src = bytes->in, .size = bytes->in_left};
    ZSTD_outBuffer out = {.dst = bytes->out, .size = bytes->out_left};
    size_t code = ZSTD_decompressStream(stream, &out, &in);
    bytes->in += in.pos;
    bytes->in_left -= in.pos;
    bytes->out += out.pos;
    bytes->out_left -= out.pos;
    if (!ZSTD_isError(code))
        return code == 0 ? PACKING_ENDED : PACKING_MORE;
    *ret_words = ZSTD_getErrorName(code);
    return PACKING_BAD;
}

static void zstd_end(void *stream)
{
    ZSTD_freeDCtx(stream);
}

static const struct packing packings[] = {
    {"gzip", "\x1f\x8b", 2, gzip_begin, gzip_step, gzip_end},
    {"xz",
        "\xfd"
        "7zXZ\0",
        6, xz_begin, xz_step, xz_end},
    {"zstd", "\x28\xb5\x2f\xfd", 4, zstd_begin, zstd_step, zstd_end},
};

const struct packing *packing_find(const void *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
        if (length >= packings[i].magic_length &&
            memcmp(bytes, packings[i].magic, packings[i].magic_length) == 0)
            return &packings[i];
    return NULL;
}
