/* What libcups' own raster reader makes of a file: the peer that ours is compared with.
 *
 *   cupsread dump FILE    for each page a line "width height bytes_per_line bits_per_color bits_per_pixel
 *                         color_space xdpi ydpi", then its pixels
 *   cupsread time FILE    for each line of standard input read the file once, line by line into one reused buffer, and
 *                         print the processor time in nanoseconds and a checksum of all pixels (0 when not asked for
 *                         by a line that says "sum")
 *
 * cc -O2 cupsread.c -lcupsimage -lcups   (Debian: libcups2-dev libcupsimage2-dev)
 */
#include <cups/raster.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t mix(uint64_t sum, const unsigned char *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ data[i]) * 0x100000001b3u; /* FNV-1a */
    return sum;
}

static int each(const char *name, int dump, int check, uint64_t *sum)
{
    cups_page_header2_t header;
    unsigned char *line = NULL;
    unsigned size = 0;
    int status = 0;
    int fd = open(name, O_RDONLY);
    cups_raster_t *raster = fd < 0 ? NULL : cupsRasterOpen(fd, CUPS_RASTER_READ);
    if (!raster) {
        fprintf(stderr, "cupsread: cannot open %s\n", name);
        return 1;
    }
    while (status == 0 && cupsRasterReadHeader2(raster, &header)) {
        if (dump)
            printf("%u %u %u %u %u %u %u %u\n", header.cupsWidth, header.cupsHeight, header.cupsBytesPerLine,
                   header.cupsBitsPerColor, header.cupsBitsPerPixel, (unsigned)header.cupsColorSpace,
                   header.HWResolution[0], header.HWResolution[1]);
        if (header.cupsBytesPerLine > size) {
            size = header.cupsBytesPerLine;
            free(line);
            line = malloc(size);
        }
        for (unsigned y = 0; y < header.cupsHeight; y++) {
            if (cupsRasterReadPixels(raster, line, header.cupsBytesPerLine) != header.cupsBytesPerLine) {
                fprintf(stderr, "cupsread: %s ends at line %u\n", name, y);
                status = 1;
                break;
            }
            if (dump)
                fwrite(line, 1, header.cupsBytesPerLine, stdout);
            if (check)
                *sum = mix(*sum, line, header.cupsBytesPerLine);
        }
    }
    cupsRasterClose(raster);
    close(fd);
    free(line);
    return status;
}

int main(int argc, char **argv)
{
    char word[16];
    uint64_t sum = 0;
    if (argc != 3)
        return 2;
    if (!strcmp(argv[1], "dump"))
        return each(argv[2], 1, 0, &sum);
    while (fgets(word, sizeof word, stdin)) {
        struct timespec before, after;
        int check = !strncmp(word, "sum", 3);
        sum = 0xcbf29ce484222325u;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        if (each(argv[2], 0, check, &sum))
            return 1;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        printf("%lld %llu\n",
               (long long)(after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec,
               (unsigned long long)(check ? sum : 0));
        fflush(stdout);
    }
    return 0;
}
