#include "firmware/fingerprint/mcc/assignment.hpp"

#include <limits>
#include <utility>

namespace xueshi::fingerprint::mcc {
namespace {

constexpr std::size_t kNone = 0; // rows and columns count from 1 inside

/// Rows <= columns. Potentials and the matching grow by one row at a time.
class Hungarian {
public:
    Hungarian(const SimilarityMatrix &matrix, bool transposed)
        : matrix_(matrix), transposed_(transposed), rows_(transposed ? matrix.columns : matrix.rows),
          columns_(transposed ? matrix.rows : matrix.columns), row_potential_(rows_ + 1),
          column_potential_(columns_ + 1), row_of_(columns_ + 1, kNone), way_(columns_ + 1), slack_(columns_ + 1),
          used_(columns_ + 1) {}

    std::vector<Pair> solve() {
        for (std::size_t row = 1; row <= rows_; ++row) {
            augment(find_path(row));
        }
        std::vector<Pair> pairs;
        for (std::size_t column = 1; column <= columns_; ++column) {
            if (row_of_[column] != kNone) {
                const Pair pair{row_of_[column] - 1, column - 1};
                pairs.push_back(transposed_ ? Pair{pair.column, pair.row} : pair);
            }
        }
        return pairs;
    }

private:
    float reduced_cost(std::size_t row, std::size_t column) const {
        const float similarity = transposed_ ? matrix_.at(column - 1, row - 1) : matrix_.at(row - 1, column - 1);
        return -similarity - row_potential_[row] - column_potential_[column];
    }

    /// Returns the free column at the end of the cheapest path from `row`.
    std::size_t find_path(std::size_t row) {
        row_of_[0] = row;
        slack_.assign(columns_ + 1, std::numeric_limits<float>::infinity());
        used_.assign(columns_ + 1, 0);
        std::size_t column = 0;
        do {
            column = step(column);
        } while (row_of_[column] != kNone);
        return column;
    }

    std::size_t step(std::size_t from) {
        used_[from] = 1;
        const std::size_t row = row_of_[from];
        std::size_t next = 0;
        float delta = std::numeric_limits<float>::infinity();
        for (std::size_t column = 1; column <= columns_; ++column) {
            if (used_[column] != 0) {
                continue;
            }
            const float cost = reduced_cost(row, column);
            if (cost < slack_[column]) {
                slack_[column] = cost;
                way_[column] = from;
            }
            if (slack_[column] < delta) {
                delta = slack_[column];
                next = column;
            }
        }
        shift_potentials(delta);
        return next;
    }

    void shift_potentials(float delta) {
        for (std::size_t column = 0; column <= columns_; ++column) {
            if (used_[column] != 0) {
                row_potential_[row_of_[column]] += delta;
                column_potential_[column] -= delta;
            } else {
                slack_[column] -= delta;
            }
        }
    }

    void augment(std::size_t column) {
        while (column != 0) {
            const std::size_t before = way_[column];
            row_of_[column] = row_of_[before];
            column = before;
        }
    }

    const SimilarityMatrix &matrix_;
    bool transposed_;
    std::size_t rows_, columns_;
    std::vector<float> row_potential_, column_potential_;
    std::vector<std::size_t> row_of_, way_;
    std::vector<float> slack_;
    std::vector<char> used_;
};

} // namespace

std::vector<Pair> best_assignment(const SimilarityMatrix &matrix) {
    if (matrix.rows == 0 || matrix.columns == 0) {
        return {};
    }
    return Hungarian(matrix, matrix.rows > matrix.columns).solve();
}

} // namespace xueshi::fingerprint::mcc
