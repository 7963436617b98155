"""How good scores are, on data that took no part in training."""

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve


def classification(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """ROC AUC, average precision beside prevalence, recall at 1 % false positives, Brier score, log loss."""
    false_positives, recall, _ = roc_curve(labels, scores)
    return {
        "orders": float(len(labels)),
        "prevalence": float(labels.mean()),
        "roc_auc": float(roc_auc_score(labels, scores)),
        "average_precision": float(average_precision_score(labels, scores)),
        "recall_at_1pct_fpr": float(recall[np.searchsorted(false_positives, 0.01, side="right") - 1]),
        "brier": float(brier_score_loss(labels, scores)),
        "log_loss": float(log_loss(labels, np.clip(scores, 1e-15, 1 - 1e-15))),
    }
