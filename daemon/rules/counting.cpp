#include "daemon/rules/counting.hpp"

namespace xueshi::rules {

bool source_counts(const CountingPolicy &policy, record::SourceKind source) {
    switch (source) {
    case record::SourceKind::physical:
        return true;
    case record::SourceKind::replay:
        return policy.allow_replay;
    case record::SourceKind::virtual_device:
        return policy.allow_virtual;
    case record::SourceKind::paper:
        return false;
    }
    return false;
}

bool hour_counts(const CountingPolicy &policy, const training::ClassHour &hour) {
    return policy.allow_short_hours || hour.end_ms - hour.start_ms >= policy.minimum_hour_ms;
}

Standing standing(const CountingPolicy &policy, record::SourceKind source, record::Evidence evidence,
                  bool enrolled_from_photograph, bool device_quarantined) {
    if (source == record::SourceKind::paper || evidence == record::Evidence::paper ||
        evidence == record::Evidence::manual) {
        return Standing::pending;
    }
    if (!source_counts(policy, source)) {
        return Standing::flagged;
    }
    if (evidence == record::Evidence::face && enrolled_from_photograph && !policy.allow_photograph_enrolment) {
        return Standing::flagged;
    }
    return device_quarantined ? Standing::pending : Standing::counts;
}

} // namespace xueshi::rules
