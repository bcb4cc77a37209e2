/* Other people's ways to do what raster_ext does, timed from inside: for each line of standard input do it once and
 * print the processor time in nanoseconds.
 *
 *   peers memcpy SIZE              copy a page of SIZE octets
 *   peers threshold FILE WIDTH     gray to one bit, pixel by pixel against a matrix of 64 x 64, as printer
 *                                  applications do it
 *   peers dither FILE WIDTH [OUT]  gray to one bit by cups-filters' error diffusion; into OUT an octet for each pixel,
 *                                  0 where there is no ink
 *
 * cc -O2 peers.c -l:libcupsfilters.so.1   (Debian: cups-filters)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct cups_dither_s cups_dither_t;
typedef struct cups_lut_s cups_lut_t;
extern cups_dither_t *cupsDitherNew(int width);
extern void cupsDitherDelete(cups_dither_t *);
extern void cupsDitherLine(cups_dither_t *, const cups_lut_t *, const short *data, int channels, unsigned char *pixels);
extern cups_lut_t *cupsLutNew(int count, const float *values);

static unsigned char matrix[64][64];

static void threshold(const unsigned char *gray, unsigned char *out, unsigned width, unsigned lines)
{
    for (unsigned y = 0; y < lines; y++) {
        const unsigned char *limit = matrix[y & 63];
        unsigned char byte = 0, bit = 128;
        for (unsigned x = 0; x < width; x++) {
            if (gray[x] < limit[x & 63])
                byte |= bit;
            if (bit == 1) {
                *out++ = byte;
                byte = 0;
                bit = 128;
            } else
                bit >>= 1;
        }
        if (bit < 128)
            *out++ = byte;
        gray += width;
    }
}

int main(int argc, char **argv)
{
    static const float levels[2] = {0.0, 1.0};
    char word[16];
    FILE *dots = argc > 4 ? fopen(argv[4], "wb") : NULL;
    unsigned char *data = NULL, *out = NULL;
    size_t size = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    unsigned width = argc > 3 ? (unsigned)atoi(argv[3]) : 0, lines = 0;
    if (argc < 3)
        return 2;
    if (strcmp(argv[1], "memcpy")) {
        FILE *file = fopen(argv[2], "rb");
        if (!file)
            return 1;
        fseek(file, 0, SEEK_END);
        size = (size_t)ftell(file);
        rewind(file);
        data = malloc(size);
        if (fread(data, 1, size, file) != size)
            return 1;
        lines = (unsigned)(size / width);
        for (unsigned i = 0; i < 64 * 64; i++)
            matrix[i / 64][i % 64] = (unsigned char)(1 + i * 2654435761u / 4096 % 255);
    } else {
        data = malloc(size);
        memset(data, 1, size);
    }
    out = malloc(size);
    memset(out, 2, size);
    while (fgets(word, sizeof word, stdin)) {
        struct timespec before, after;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        if (!strcmp(argv[1], "memcpy"))
            memcpy(out, data, size);
        else if (!strcmp(argv[1], "threshold"))
            threshold(data, out, width, lines);
        else {
            cups_dither_t *dither = cupsDitherNew((int)width);
            cups_lut_t *lut = cupsLutNew(2, levels);
            short *line = malloc(width * sizeof(short));
            for (unsigned y = 0; y < lines; y++) {
                for (unsigned x = 0; x < width; x++)
                    line[x] = (short)((255 - data[(size_t)y * width + x]) * 4095 / 255);
                cupsDitherLine(dither, lut, line, 1, out);
                if (dots)
                    fwrite(out, 1, width, dots);
            }
            cupsDitherDelete(dither);
            free(line);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        printf("%lld %u\n", (long long)(after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec,
               out[size / 16]);
        fflush(stdout);
    }
    if (dots)
        fclose(dots);
    return 0;
}
