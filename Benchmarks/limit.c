// The least that the C libraries can take: libmpg123 (44.1 kHz stereo), the mean of the channels, soxr HQ to 22 050 Hz;
// for "mp3-to-mfcc" also the windowed FFTs of 431 frames and their powers (no mel bank, logarithm or DCT).
// A worker as GenreLensBench is one.   limit decode|mp3-to-mfcc --clips FOLDER
#define _GNU_SOURCE
#include <dirent.h>
#include <fftw3.h>
#include <math.h>
#include <mpg123.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECONDS = 10, RATE = 44100, FRAMES = SECONDS * RATE, FFT = 2048, HOP = 512, ROWS = 431, MAX_CLIPS = 4096 };
static float stereo[2 * FRAMES], mono[FRAMES], half[FRAMES / 2 + FFT], window[FFT], *frame;
static fftwf_complex *bins;
static float power[ROWS][FFT / 2 + 1];
static char *clips[MAX_CLIPS];
static int clip_count, with_fft;
static mpg123_handle *decoder;
static fftwf_plan plan;

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void fail(const char *what) {
  printf("{\"error\": \"%s\"}\n", what);
  exit(1);
}

static void find_clips(const char *folder) {
  DIR *directory = opendir(folder);
  if (!directory) fail("no such folder");
  for (struct dirent *entry; (entry = readdir(directory)) && clip_count < MAX_CLIPS;) {
    size_t length = strlen(entry->d_name);
    if (length < 4 || strcmp(entry->d_name + length - 4, ".mp3")) continue;
    if (asprintf(&clips[clip_count], "%s/%s", folder, entry->d_name) > 0) clip_count++;
  }
  closedir(directory);
  qsort(clips, clip_count, sizeof *clips, by_name);
}

static void one(const char *path) {
  size_t bytes = 0, part = 0, done = 0;
  if (mpg123_open(decoder, path) != MPG123_OK) fail("a clip cannot be opened");
  while (bytes < sizeof stereo) {
    int status = mpg123_read(decoder, (unsigned char *)stereo + bytes, sizeof stereo - bytes, &part);
    bytes += part;
    if (status != MPG123_OK && status != MPG123_NEW_FORMAT) break;
  }
  mpg123_close(decoder);
  size_t count = bytes / 8;
  for (size_t i = 0; i < count; i++) mono[i] = 0.5f * (stereo[2 * i] + stereo[2 * i + 1]);
  soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  soxr_oneshot(RATE, RATE / 2, 1, mono, count, NULL, half + FFT / 2, FRAMES / 2, &done, NULL, &quality, NULL);
  if (!with_fft) return;
  for (int row = 0; row < ROWS; row++) {
    for (int i = 0; i < FFT; i++) {
      long at = (long)row * HOP + i;
      frame[i] = at < FRAMES / 2 + FFT ? half[at] * window[i] : 0;
    }
    fftwf_execute(plan);
    for (int i = 0; i <= FFT / 2; i++) power[row][i] = bins[i][0] * bins[i][0] + bins[i][1] * bins[i][1];
  }
}

static void pass(void) {
  for (int i = 0; i < clip_count; i++) one(clips[i]);
}

static long status_mib(const char *name) {
  char line[256];
  long value = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, name, strlen(name))) value = atol(line + strlen(name) + 1) / 1024;
  if (file) fclose(file);
  return value;
}

static void prepare(void) {
  if (mpg123_init() != MPG123_OK || !(decoder = mpg123_new(NULL, NULL))) fail("libmpg123 does not start");
  mpg123_param(decoder, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT, 0);
  mpg123_format_none(decoder);
  mpg123_format(decoder, RATE, MPG123_STEREO, MPG123_ENC_FLOAT_32);
  frame = fftwf_malloc(sizeof(float) * FFT);
  bins = fftwf_malloc(sizeof(fftwf_complex) * (FFT / 2 + 1));
  plan = fftwf_plan_dft_r2c_1d(FFT, frame, bins, FFTW_MEASURE);
  for (int i = 0; i < FFT; i++) window[i] = 0.5f - 0.5f * cosf(2 * (float)M_PI * i / FFT);
}

int main(int count, char **arguments) {
  char line[64];
  int repeats;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count < 4) fail("usage: limit decode|mp3-to-mfcc --clips FOLDER");
  with_fft = !strcmp(arguments[1], "mp3-to-mfcc");
  find_clips(arguments[3]);
  prepare();
  pass();
  printf("{\"ready\": true, \"tool\": \"limit\", \"items\": %d, \"unit\": \"clips\", \"check\": [], \"versions\": "
         "{\"mpg123\": \"%s\", \"soxr\": \"%s\", \"fftw\": \"%s\"}}\n",
         clip_count, mpg123_decoders()[0], soxr_version(), fftwf_version);
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "run %d", &repeats) != 1 || repeats < 1) continue;
    double *wall = malloc(2 * repeats * sizeof *wall), *processor = wall + repeats;
    for (int r = 0; r < repeats; r++) {
      double start = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
      pass();
      wall[r] = seconds(CLOCK_MONOTONIC) - start;
      processor[r] = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    }
    printf("{\"seconds\": [");
    for (int r = 0; r < repeats; r++) printf("%s%.7f", r ? ", " : "", wall[r]);
    printf("], \"processor_seconds\": [");
    for (int r = 0; r < repeats; r++) printf("%s%.7f", r ? ", " : "", processor[r]);
    printf("], \"peak_mib\": %ld, \"resident_mib\": %ld}\n", status_mib("VmHWM"), status_mib("VmRSS"));
    free(wall);
  }
  return 0;
}
