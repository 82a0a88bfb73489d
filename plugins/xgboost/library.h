/* library: the functions of libxgboost that are used here, and its complaints as sentences. */
#ifndef LATHE_XGBOOST_LIBRARY_H
#define LATHE_XGBOOST_LIBRARY_H

#include <xgboost/c_api.h>
#include <xgboost/version_config.h>

#include "api/lathe.h"

/* The one that this is built against; XGBoostVersion says which one answers. */
#define XGB_TEXT(number) #number
#define XGB_VERSION(major, minor, patch) XGB_TEXT(major) "." XGB_TEXT(minor) "." XGB_TEXT(patch)
#define XGBOOST_VERSION XGB_VERSION(XGBOOST_VER_MAJOR, XGBOOST_VER_MINOR, XGBOOST_VER_PATCH)

#define XGB_FUNCTIONS(F)                                                                                          \
    F(XGBoostVersion)                                                                                             \
    F(XGBGetLastError)                                                                                            \
    F(XGBRegisterLogCallback)                                                                                     \
    F(XGBSetGlobalConfig)                                                                                         \
    F(XGDMatrixCreateFromMat_omp)                                                                                 \
    F(XGDMatrixFree)                                                                                              \
    F(XGDMatrixSetFloatInfo)                                                                                      \
    F(XGDMatrixSetStrFeatureInfo)                                                                                 \
    F(XGBoosterCreate)                                                                                            \
    F(XGBoosterFree)                                                                                              \
    F(XGBoosterSetParam)                                                                                          \
    F(XGBoosterUpdateOneIter)                                                                                     \
    F(XGBoosterEvalOneIter)                                                                                       \
    F(XGBoosterSlice)                                                                                             \
    F(XGBoosterBoostedRounds)                                                                                     \
    F(XGBoosterGetNumFeature)                                                                                     \
    F(XGBoosterPredictFromDense)                                                                                  \
    F(XGBoosterFeatureScore)                                                                                      \
    F(XGBoosterSaveModelToBuffer)                                                                                 \
    F(XGBoosterLoadModelFromBuffer)

#define XGB_MEMBER(name) __typeof__(name) *name;
struct xgb {
    XGB_FUNCTIONS(XGB_MEMBER)
};

/* The library, quiet on this thread; NULL when it isn't there (said). */
const struct xgb *library_open(struct lt_ctx *ctx);

/* status 0: LT_OK. Otherwise what the library complains of, said, and LT_INVALID. */
int library_status(struct lt_ctx *ctx, const struct xgb *xgb, int status, const char *doing);

#endif
