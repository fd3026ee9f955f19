"""Holds what the user has chosen to see, and changes it by reducers."""

from collections.abc import Callable

from polytop.model.problem import Problem
from polytop.ui.view_state import ViewContext, ViewState, normalize

Reducer = Callable[[ViewState, ViewContext], ViewState | Problem]
"""Returns the next state, or the problem that keeps it from being reached."""


class ViewStore:
    """The one holder of the view state.

    `context` returns what reducers may need besides the state. `changed` is called with the state
    before and after each change, also where they are equal; `refused` is called with a problem.
    """

    def __init__(
        self,
        state: ViewState,
        *,
        context: Callable[[], ViewContext],
        changed: Callable[[ViewState, ViewState], None],
        refused: Callable[[Problem | None], None],
    ) -> None:
        self._state = state
        self._context, self._changed, self._refused = context, changed, refused

    @property
    def state(self) -> ViewState:
        """The present state."""
        return self._state

    def apply(self, reducer: Reducer) -> None:
        """Change the state as the user asks; the last notice is taken back."""
        result = reducer(self._state, self._context())
        if isinstance(result, Problem):
            self._refused(result)
        else:
            self._refused(None)
            self.follow(result)

    def replace(self, state: ViewState) -> None:
        """Take `state` on as it is, without telling anybody of a change."""
        self._state = state

    def follow(self, state: ViewState) -> None:
        """Take `state` on because the data or the clock ask for it; the notice stays."""
        before, self._state = self._state, normalize(self._state, state)
        self._changed(before, self._state)
