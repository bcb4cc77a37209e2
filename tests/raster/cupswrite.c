/* Write a raster file with libcups: the writer that others compare with, and files for our reader to read.
 *
 *   cupswrite MODE WIDTH HEIGHT COLOR_SPACE BITS COLORS XDPI YDPI PAGES < pixels > file
 *
 * MODE: pwg, urf, v1 (plain, of this host's byte order: really version 3, the oldest that it writes) or v2. The same
 * pixels are written for each page.
 *
 * cc -O2 cupswrite.c -lcupsimage -lcups   (Debian: libcups2-dev libcupsimage2-dev)
 */
#include <cups/raster.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    cups_page_header2_t h;
    cups_mode_t mode;
    if (argc != 10)
        return 2;
    memset(&h, 0, sizeof h);
    mode = !strcmp(argv[1], "pwg") ? CUPS_RASTER_WRITE_PWG
         : !strcmp(argv[1], "urf") ? CUPS_RASTER_WRITE_APPLE
         : !strcmp(argv[1], "v2")  ? CUPS_RASTER_WRITE_COMPRESSED
                                   : CUPS_RASTER_WRITE;
    strcpy(h.MediaClass, mode == CUPS_RASTER_WRITE_PWG ? "PwgRaster" : "");
    h.cupsWidth = atoi(argv[2]);
    h.cupsHeight = atoi(argv[3]);
    h.cupsColorSpace = atoi(argv[4]);
    h.cupsBitsPerColor = atoi(argv[5]);
    h.cupsNumColors = atoi(argv[6]);
    h.HWResolution[0] = atoi(argv[7]);
    h.HWResolution[1] = atoi(argv[8]);
    h.cupsBitsPerPixel = h.cupsBitsPerColor * h.cupsNumColors;
    h.cupsBytesPerLine = (h.cupsWidth * h.cupsBitsPerPixel + 7) / 8;
    h.cupsInteger[CUPS_RASTER_PWG_TotalPageCount] = atoi(argv[9]);
    size_t size = (size_t)h.cupsBytesPerLine * h.cupsHeight;
    unsigned char *pixels = malloc(size);
    if (fread(pixels, 1, size, stdin) != size)
        return 1;
    cups_raster_t *raster = cupsRasterOpen(1, mode);
    for (int page = 0; page < atoi(argv[9]); page++) {
        if (!cupsRasterWriteHeader2(raster, &h))
            return 1;
        for (unsigned y = 0; y < h.cupsHeight; y++)
            if (!cupsRasterWritePixels(raster, pixels + (size_t)y * h.cupsBytesPerLine, h.cupsBytesPerLine))
                return 1;
    }
    cupsRasterClose(raster);
    free(pixels);
    return 0;
}
