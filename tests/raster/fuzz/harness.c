/* libFuzzer around the interpreter: each input goes to tests.raster.fuzz.target.one as a view of just its octets, in
 * memory of their own, so that AddressSanitizer sees the first octet that is read behind them. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static PyObject *one;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    Py_Initialize();
    PyObject *module = PyImport_ImportModule("tests.raster.fuzz.target");
    one = module ? PyObject_GetAttrString(module, "one") : NULL;
    if (!one) {
        PyErr_Print();
        abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    PyObject *view = PyMemoryView_FromMemory(copy, (Py_ssize_t)size, PyBUF_READ);
    PyObject *result = PyObject_CallOneArg(one, view);
    if (!result) {
        PyErr_Print();
        abort();
    }
    Py_DECREF(result);
    Py_DECREF(view);
    free(copy);
    return 0;
}
